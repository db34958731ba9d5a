"""What others are told of work orders: an outbox, and how its messages are handed over."""
