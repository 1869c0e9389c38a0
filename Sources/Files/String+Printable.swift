extension String {
  /// The text as it can be shown on a terminal: without control characters, which could take the terminal over, and not
  /// longer than a reader would read. What stands in files is chosen by strangers.
  package var printable: String {
    let limit = 600
    let shown = unicodeScalars.prefix(limit).map { scalar in
      scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return shown.joined() + (unicodeScalars.count > limit ? "…" : "")
  }
}
