"""The print agent: claims tickets over the public API and proves that they came out."""
