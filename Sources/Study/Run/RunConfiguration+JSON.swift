import Foundation
import GraftFiles

extension RunConfiguration {
  /// These settings, overridden by those of a JSON file: an object with some of the keys of `configuration.json`.
  ///
  /// - Parameters:
  ///   - file: with one object.
  ///   - call: the type whose keys may be in the file, too; they are no settings, and skipped.
  /// - Throws: `FileError` if it cannot be read; ``StudyError`` if it is no JSON, if it has a key that is no setting, or a value
  ///   of the wrong type.
  public func replaced<Call: RunCall>(byFile file: URL, besides call: Call.Type) throws -> Self {
    let content = try contentOfSettings(in: file)
    var settings = object
    try Self.replace(
      &settings, by: content, known: complete.object, passingOver: Call.names, at: [], in: file)
    do {
      return try Self.decoded(settings)
    } catch DecodingError.keyNotFound(let key, let context) {
      let name = (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
      throw StudyError(
        "\(file.shownRelativePath): \(name) is null, and needs a value. Leave it out to keep the preset's.")
    } catch let error as DecodingError {
      let name = JSONProblem.key(of: error) ?? unusableSetting(in: content, passingOver: Call.names)
      let problem = JSONProblem.clause(for: error, isWellFormed: true)
      let remedy = name.flatMap { Self.choices[$0] }.map { " It is one of \($0.joined(separator: ", "))." }
      let isNamed = name.map(problem.contains) ?? true
      throw StudyError(
        "\(file.shownRelativePath): \(isNamed ? "" : "\(name ?? ""): ")\(problem).\(remedy ?? "")")
    }
  }

  private static func decoded(_ settings: [String: Any]) throws -> Self {
    try JSONDecoder().decode(
      Self.self, from: JSONSerialization.data(withJSONObject: settings))
  }

  /// The first setting that cannot be decoded, for an error in which the decoder does not name it: a number out of range.
  private func unusableSetting(in content: Any, passingOver names: Set<String>) -> String? {
    func search(_ values: Any, _ path: [String]) -> [String]? {
      guard let members = values as? [String: Any] else {
        var settings = object
        Self.set(&settings, values, at: path[...])
        return (try? Self.decoded(settings)) == nil ? path : nil
      }
      return members.sorted { $0.key < $1.key }.lazy
        .filter { !path.isEmpty || !names.contains($0.key) }
        .compactMap { search($0.value, path + [$0.key]) }.first
    }
    return search(content, [])?.joined(separator: ".")
  }

  private static func set(_ settings: inout [String: Any], _ value: Any, at path: ArraySlice<String>) {
    guard let key = path.first else { return }
    if path.count == 1 {
      settings[key] = value is NSNull ? nil : value
    } else {
      var inner = settings[key] as? [String: Any] ?? [:]
      set(&inner, value, at: path.dropFirst())
      settings[key] = inner
    }
  }

  /// Writes all settings that are set, with what a call named besides them.
  func write(to file: URL, with call: some RunCall) throws {
    let members = try Self.object(of: self).merging(Self.object(of: call)) { setting, _ in setting }
    let data = try JSONSerialization.data(
      withJSONObject: members, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    try AtomicFile.write(data + Data("\n".utf8), to: file)
  }

  private static func replace(
    _ settings: inout [String: Any], by content: Any, known: [String: Any],
    passingOver names: Set<String>, at path: [String], in file: URL
  ) throws {
    guard let values = content as? [String: Any] else {
      let place = path.isEmpty ? "the file" : path.joined(separator: ".")
      throw StudyError("\(file.shownRelativePath): \(place) should be an object of settings, in braces.")
    }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      if path.isEmpty, names.contains(key) { continue }
      let name = (path + [key]).joined(separator: ".")
      guard let example = known[key] else {
        throw StudyError(
          "\(file.shownRelativePath): there is no setting \(name); the names here are "
            + "\(Set(known.keys).union(path.isEmpty ? names : []).sorted().joined(separator: ", "))."
        )
      }
      if let group = example as? [String: Any] {
        var inner = settings[key] as? [String: Any] ?? [:]
        try replace(&inner, by: value, known: group, passingOver: names, at: path + [key], in: file)
        settings[key] = inner
      } else {
        settings[key] = value is NSNull ? nil : value
      }
    }
  }

  /// The first setting that differs, for people: `gender.batchSize was 200 and is now 50`; nil if none does.
  func difference(from before: Self) -> String? {
    let (old, new) = (before.values, values)
    let name = Set(old.keys).union(new.keys).sorted().first { old[$0] != new[$0] }
    return name.map { "\($0) was \(old[$0] ?? "not set") and is now \(new[$0] ?? "not set")" }
  }

  /// Each setting as text, by its path.
  private var values: [String: String] {
    var values: [String: String] = [:]
    func collect(_ value: Any, _ path: [String]) {
      if let members = value as? [String: Any] {
        for (key, member) in members { collect(member, path + [key]) }
      } else {
        values[path.joined(separator: ".")] = "\(value)"
      }
    }
    collect(object, [])
    return values
  }

  private var object: [String: Any] { (try? Self.object(of: self)) ?? [:] }

  private static func object(of value: some Encodable) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any] ?? [:]
  }
}

extension RunCall {
  /// Reads what a file of settings names besides the settings.
  ///
  /// - Throws: `FileError` if it cannot be read; ``StudyError`` if it is no JSON, or has a value of the wrong type.
  public init(contentsOf file: URL) throws {
    let members = try contentOfSettings(in: file) as? [String: Any] ?? [:]
    let own = members.filter { Self.names.contains($0.key) }
    do {
      self = try JSONDecoder().decode(Self.self, from: JSONSerialization.data(withJSONObject: own))
    } catch {
      throw StudyError(
        "\(file.shownRelativePath): \(JSONProblem.clause(for: error, isWellFormed: true)). \(Self.forms)")
    }
  }
}

private func contentOfSettings(in file: URL) throws -> Any {
  let bytes = try Bytes(contentsOf: file)
  do {
    return try JSONSerialization.jsonObject(with: Data(bytes.array))
  } catch {
    throw StudyError("\(file.shownRelativePath): \(JSONProblem.clause(for: error, in: bytes.array)).")
  }
}
