"""The agency side: subscriber and typed deliveries."""
