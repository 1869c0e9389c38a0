import Foundation

/// Named settings, compared one by one.
struct IdentityEntries: Codable {
  /// One of these settings.
  private struct Entry: Codable {
    /// For people, such as `the micro-batch size`.
    let name: String
    /// The JSON of a value: what is compared.
    let value: String
    /// The value for people, where its JSON says less. Rewording it changes nothing.
    let text: String
  }

  private var entries: [Entry] = []

  mutating func add(_ name: String, _ value: some Encodable, text: String? = nil) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(value), as: UTF8.self)
    entries.append(Entry(name: name, value: json, text: text ?? json.trimmingQuotes))
  }

  /// The first thing that differs, for people: `the micro-batch size was 4 and is now 5`; nil if nothing does.
  func difference(from now: IdentityEntries) -> String? {
    let own = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
    let other = Dictionary(now.entries.map { ($0.name, $0) }) { first, _ in first }
    for entry in entries {
      guard let new = other[entry.name] else {
        return "\(entry.name) was \(entry.text) and is not there any more"
      }
      guard new.value != entry.value else { continue }
      guard new.text != entry.text else { return "\(entry.name) was another than now" }
      return "\(entry.name) was \(entry.text) and is now \(new.text)"
    }
    return now.entries.first { own[$0.name] == nil }.map { "\($0.name) was not there and is now \($0.text)" }
  }
}

extension String {
  fileprivate var trimmingQuotes: String {
    count > 1 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
  }
}
