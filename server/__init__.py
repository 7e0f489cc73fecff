"""The queue server: rules, store, public API and live feed."""
