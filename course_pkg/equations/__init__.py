"""The book's equations as data, one module a page: definitions, and derivations that can be checked and broken."""
