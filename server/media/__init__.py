"""The media plane: one UDP port, packets relayed without being decoded."""
