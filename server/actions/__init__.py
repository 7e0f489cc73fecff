"""The actions: one function each, performed in one transaction and recorded there as events."""
