"""Our own small widgets: each a `gr.HTML`, its markup, style and script side by side. What goes in is escaped here."""
