"""What the site is made with and where it comes from: locks and their renewal, licences, known vulnerabilities."""
