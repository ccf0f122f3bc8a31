"""From a document to packets in every signatory's hands."""
