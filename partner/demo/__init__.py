"""The demonstration: people, licenses and six years of filings, all made up except where a source is named."""
