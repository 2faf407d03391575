"""Git's packs read without git: only to compare many versions of a file by what was stored of them."""
