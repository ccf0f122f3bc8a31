"""Everything about paper and pixels. Knows no Django: bytes in, frozen dataclasses out."""
