"""Passwords of the people in tests: Argon2id as ever, with parameters so small that signing in costs them nothing."""

from argon2 import PasswordHasher

_quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def quick_hash(password: str) -> str:
    """What an account keeps; checked by the parameters that stand in it."""
    return _quick.hash(password)
