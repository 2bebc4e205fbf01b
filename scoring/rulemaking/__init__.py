"""Rules on their way: read, drafted, talked about, said yes to, and brought into force (PRODUCT 5)."""
