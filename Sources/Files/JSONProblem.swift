import Foundation

/// What is wrong with a JSON text, for the person who wrote it: by its keys, in the words of JSON, and without the names of
/// types of a program.
package enum JSONProblem {
  /// Words an error of reading JSON as a clause without a full stop: `gender.batchSize is not a whole number`.
  ///
  /// - Parameters:
  ///   - bytes: the text, by which a place in it gets its line.
  ///   - isWellFormed: whether the text is known to be JSON, so that only a number can be what does not fit.
  package static func clause(
    for error: any Error, in bytes: [UInt8] = [], isWellFormed: Bool = false
  ) -> String {
    guard let error = error as? DecodingError else { return syntaxClause(for: error, in: bytes) }
    switch error {
    case .keyNotFound(let key, let context): return "\(path(context.codingPath + [key])) is missing"
    case .valueNotFound(let type, let context):
      return "\(path(context.codingPath)) is null, and \(name(of: type)) is wanted"
    case .typeMismatch(let type, let context):
      return "\(path(context.codingPath)) is not \(name(of: type))"
    case .dataCorrupted(let context):
      if !context.codingPath.isEmpty { return "\(path(context.codingPath)) has a value that it cannot have" }
      if isWellFormed { return "a number there is \(unfit)" }
      return context.underlyingError.map { syntaxClause(for: $0, in: bytes) } ?? notJSON
    @unknown default: return notJSON
    }
  }

  /// The place that an error names, such as `gender.batchSize`; nil if it names none.
  package static func key(of error: DecodingError) -> String? {
    let keys: [any CodingKey]
    switch error {
    case .keyNotFound(let key, let context): keys = context.codingPath + [key]
    case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
      keys = context.codingPath
    @unknown default: keys = []
    }
    return keys.isEmpty ? nil : path(keys)
  }

  private static let notJSON = "this is no JSON"
  private static let unfit = "out of bounds, or a fraction where a whole number is wanted"

  private static func path(_ keys: [any CodingKey]) -> String {
    if keys.isEmpty { return "what the file holds" }
    return keys.enumerated().map { number, key in
      if let index = key.intValue { return "[\(index)]" }
      return number == 0 ? key.stringValue : ".\(key.stringValue)"
    }.joined().printable
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is any FixedWidthInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is String.Type: "a text in quotes"
    case is Bool.Type: "true or false"
    case is [Any].Type: "a list in brackets"
    default: "an object in braces"
    }
  }

  /// Foundation says of a text that is no JSON where it stumbled, and of a number that it is none of Swift's.
  private static func syntaxClause(for error: any Error, in bytes: [UInt8]) -> String {
    let said = (error as NSError).userInfo["NSDebugDescription"] as? String
    guard let said else { return error.localizedDescription }
    if let number = said.wholeMatch(of: /Number (.*) is not representable in Swift\.?/) {
      let key =
        key(ofNumber: number.1, in: String(decoding: bytes, as: UTF8.self)).map { "\($0) cannot be" }
        ?? "there is"
      return "\(key) \(number.1): that is \(unfit)".printable
    }
    if let place = said.firstMatch(of: /around character (\d+)/), let offset = Int(place.1) {
      let line = 1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
      return "\(notJSON): its line \(line) cannot be read"
    }
    return said.contains("end of file") ? "\(notJSON): it ends too early" : notJSON
  }

  /// The key before a number that only its text tells.
  private static func key(ofNumber number: Substring, in text: String) -> String? {
    guard let place = text.range(of: number) else { return nil }
    func isBlank(_ character: Character) -> Bool { character.isWhitespace }
    var before = text[..<place.lowerBound].reversed().drop(while: isBlank)
    guard before.popFirst() == ":" else { return nil }
    before = before.drop(while: isBlank)
    guard before.popFirst() == "\"" else { return nil }
    return String(before.prefix { $0 != "\"" }.reversed())
  }
}
