"""The live feed: subscribe → snapshot and seq; after every commit the whole view, to the rooms that watch it."""
