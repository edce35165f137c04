"""Microsoft's field names, error texts and shapes, and nothing else. Pure.

`users`, `tenant` and `commerce` read objects, `batch` writes and reads `$batch`, `refusals` maps errors to
our reasons. Whatever can't be understood is a `DamagedAnswer`.
"""
