"""JSON over HTTP, as every endpoint is called that needs no vendor's client: headers, proxies, certificates, limits."""
