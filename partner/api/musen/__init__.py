"""MIC's public Web-API (無線局等情報検索), so that programs written for it work without a change."""
