import Foundation
import GraftFiles
import GraftTensor

/// A network within a weight file, under its own names: what wrappers and larger models put before all its names, or
/// between their parts, is taken away.
struct WeightFilePart: WeightFile {
  let names: [String]
  /// What was taken away from the names: `model.`, `vgg16/`.
  let takenAway: [String]
  /// The file's other tensors, under the names that they have there.
  let others: [String]
  private let whole: any WeightFile
  /// The names in the whole file.
  private let originals: [String: String]

  var file: URL { whole.file }
  var format: String { whole.format }
  var metadata: [String: String] { whole.metadata }
  var notes: [String] { whole.notes }

  fileprivate init(of whole: any WeightFile, _ found: NameSearch.Found) {
    self.whole = whole
    (names, originals, others, takenAway) = (found.names, found.originals, found.others, found.takenAway)
  }

  func shape(of name: String) -> Tensor.Shape? { originals[name].flatMap(whole.shape(of:)) }
  func storedType(of name: String) -> String? { originals[name].flatMap(whole.storedType(of:)) }
  func tensor(named name: String) throws -> Tensor { try whole.tensor(named: original(name)) }
  func doubles(named name: String) throws -> [Double] { try whole.doubles(named: original(name)) }

  /// The name that a tensor has in the whole file.
  func original(_ name: String) throws -> String {
    guard let original = originals[name] else { throw WeightFileError.unknownName(name, in: self) }
    return original
  }
}

extension WeightFile {
  /// The network in this file that one of the tables describes, wherever in the names it lies: below a prefix (`module.`,
  /// `model.backbone.`, `vgg16/`), or with a wrapper between the parts of its names (`features.module.0.weight`).
  ///
  /// - Parameter tables: how files name the parameters of the network that is looked for.
  /// - Returns: this file itself if the names are in it as they are, or if there is no such network.
  /// - Throws: ``WeightFileError`` if the network is there several times.
  public func part(namedBy tables: [NamingTable]) throws -> any WeightFile {
    if self is WeightFilePart { return self }
    var search = NameSearch(names)
    let tables = tables.filter(\.allowsPrefix)
    if tables.contains(where: search.hasDirectly) { return self }
    let found = tables.lazy.map { search.find($0) }.first { !$0.isEmpty } ?? []
    guard found.count <= 1 else {
      let places = found.map { "\"\($0.prefix.printable)\"" }.sorted().joined(separator: ", ")
      throw WeightFileError(
        .unsupported, file, "it holds the network \(found.count) times: below \(places)",
        remedy: "Save the one that you want in a file of its own.")
    }
    return found.first.map { WeightFilePart(of: self, $0) } ?? self
  }
}

/// Looks for networks among names.
struct NameSearch {
  /// A network that was found.
  struct Found {
    let prefix: String
    /// Of its tensors, without what was taken away; what they are in the file; and those of all other tensors.
    let names: [String]
    let originals: [String: String]
    let others: [String]
    let takenAway: [String]
  }

  /// The names of a file without something that stood between their parts.
  private struct Names {
    let removed: [String]
    /// In the file's order.
    let all: [(name: String, original: String)]
    let originals: [String: String]
  }

  private let whole: Names
  private let names: [String]
  /// Without the wrappers that any of the names has; nil until it is asked for, or where there are none.
  private var unwrapped: Names??

  /// What PyTorch's wrappers put between the parts of names: for several processors, compiling, sharding.
  private static let wrappers = [
    "module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
  ]

  init(_ names: [String]) {
    self.names = names
    whole = Names(
      removed: [], all: names.map { ($0, $0) },
      originals: Dictionary(names.map { ($0, $0) }) { first, _ in first })
  }

  /// Whether all that a table must have is there under its own names.
  func hasDirectly(_ table: NamingTable) -> Bool { Self.has(table, below: "", in: whole) }

  /// All places where a network lies that the table describes.
  mutating func find(_ table: NamingTable) -> [Found] {
    var found = Self.find(table, in: whole, isWhole: true)
    if found.isEmpty, let unwrapped = withoutWrappers() {
      found = Self.find(table, in: unwrapped, isWhole: false)
    }
    if found.isEmpty {
      for infix in infixes(in: table) {
        guard let names = Self.removing([infix], from: names) else { continue }
        found = Self.find(table, in: names, isWhole: false)
        if !found.isEmpty { break }
      }
    }
    return found
  }

  private mutating func withoutWrappers() -> Names? {
    if let unwrapped { return unwrapped }
    let present = Self.wrappers.map { "\($0)." }.filter { wrapper in
      names.contains { $0.hasPrefix(wrapper) || $0.contains(".\(wrapper)") }
    }
    let result = present.isEmpty ? nil : Self.removing(present, from: names)
    unwrapped = .some(result)
    return result
  }

  /// Nil if two names would become one.
  private static func removing(_ infixes: [String], from names: [String]) -> Names? {
    var originals: [String: String] = [:]
    var all: [(name: String, original: String)] = []
    for original in names {
      var name = original
      for infix in infixes {
        // At the beginning of a name or of one of its parts.
        while name.hasPrefix(infix) { name.removeFirst(infix.count) }
        for separator in [".", "/"] {
          while let range = name.range(of: separator + infix) {
            name.replaceSubrange(range, with: separator)
          }
        }
      }
      guard originals.updateValue(original, forKey: name) == nil else { return nil }
      all.append((name, original))
    }
    return Names(removed: infixes, all: all, originals: originals)
  }

  private static func has(_ table: NamingTable, below prefix: String, in names: Names) -> Bool {
    let required = table.entries.lazy.filter { !$0.isOptional }
    return !required.isEmpty
      && required.allSatisfy { $0.fileNames.contains { names.originals[prefix + $0] != nil } }
  }

  private static func find(_ table: NamingTable, in names: Names, isWhole: Bool) -> [Found] {
    guard let anchor = table.entries.first(where: { !$0.isOptional }) else { return [] }
    var prefixes: Set<String> = []
    for (name, _) in names.all {
      for wanted in anchor.fileNames {
        guard let prefix = Self.prefix(of: name, before: wanted), !isWhole || !prefix.isEmpty else {
          continue
        }
        prefixes.insert(prefix)
      }
    }
    return prefixes.sorted().filter { has(table, below: $0, in: names) }.map { prefix in
      let own = names.all.filter { $0.name.hasPrefix(prefix) }.map { name, original in
        (name: String(name.dropFirst(prefix.count)), original: original)
      }
      return Found(
        prefix: prefix, names: own.map(\.name),
        originals: Dictionary(own.map { ($0.name, $0.original) }) { first, _ in first },
        others: names.all.filter { !$0.name.hasPrefix(prefix) }.map(\.original),
        takenAway: (prefix.isEmpty ? [] : [prefix]) + names.removed)
    }
  }

  /// What stands before a name, if it ends with another one, at the border of two of its parts.
  private static func prefix(of name: String, before wanted: String) -> String? {
    let count = wanted.utf8.count
    guard name.utf8.count >= count, name.utf8.suffix(count).elementsEqual(wanted.utf8) else { return nil }
    let prefix = name.utf8.dropLast(count)
    guard let last = prefix.last else { return "" }
    return last == UInt8(ascii: ".") || last == UInt8(ascii: "/") ? String(Substring(prefix)) : nil
  }

  /// What may stand between the parts of names, by the first tensor of a table: `module.` for `features.module.0.weight`.
  private func infixes(in table: NamingTable) -> [String] {
    guard let anchor = table.entries.first(where: { !$0.isOptional }) else { return [] }
    let mostInfixes = 4
    var infixes: [String] = []
    for wanted in anchor.fileNames {
      for separator in wanted.indices where "./".contains(wanted[separator]) {
        let (head, tail) = (wanted[...separator], wanted[wanted.index(after: separator)...])
        for name in names {
          guard let start = Self.prefix(of: name, before: String(tail)),
            let place = start.range(of: String(head), options: .backwards),
            place.lowerBound == start.startIndex
              || "./".contains(start[start.index(before: place.lowerBound)])
          else { continue }
          let infix = String(start[place.upperBound...])
          guard !infix.isEmpty, !infixes.contains(infix) else { continue }
          infixes.append(infix)
          if infixes.count == mostInfixes { return infixes }
        }
      }
    }
    return infixes
  }
}
