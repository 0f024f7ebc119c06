"""Every system of the family under one protocol: trained, measured alike, and compared with honest statistics."""
