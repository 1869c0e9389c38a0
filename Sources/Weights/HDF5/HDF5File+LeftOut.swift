import GraftFiles

extension HDF5File {
  /// What the file has besides the data sets that were read, as sentences: nothing in a file may go unnoticed.
  ///
  /// What cannot be read here is said, too, and is no error: nobody asked for it.
  ///
  /// - Parameter read: the places of all data sets that were read.
  func notes(aboutAllBut read: Set<Int>) -> [String] {
    guard let root = try? root else { return [] }
    var search = Search(file: self, seen: read)
    for name in root.names.sorted() { search.visit(name, in: root, depth: 0, top: name) }
    return search.groups.map(\.note) + search.notes
  }

  /// Data sets that were not read, by the group of the root that they lie below.
  private struct LeftOut {
    let top: String
    var count = 0
    var first: [String] = []

    var note: String {
      let arrays = count == 1 ? "1 array" : "\(count) arrays"
      switch top {
      case "optimizer", "optimizer_weights":
        return "Left out: the state of the optimizer, \(arrays) below /\(top.printable)."
      case "metrics", "_metrics":
        return "Left out: the state of metrics, \(arrays) below /\(top.printable)."
      default:
        let list = first.joined(separator: ", ").printable + (count > first.count ? ", …" : "")
        return "Left out: \(arrays) that the file does not count among the weights: \(list)."
      }
    }
  }

  private struct Search {
    let file: HDF5File
    var seen: Set<Int>
    var groups: [LeftOut] = []
    var notes: [String] = []

    /// Several times what models inside models come to.
    private static let greatestDepth = 64
    private static let longestPath = 1024
    private static let mostNames = 4
    private static let mostNotes = 8

    init(file: HDF5File, seen: Set<Int>) {
      self.file = file
      self.seen = seen
    }

    mutating func visit(_ name: String, in group: Object, depth: Int, top: String) {
      guard depth < Self.greatestDepth, group.path.utf8.count + name.utf8.count < Self.longestPath else {
        return note("what lies below \(group.path.printable) deeper than any model reaches")
      }
      let path = group.path(of: name)
      do throws(HDF5Error) {
        let address = try group.address(of: name)
        guard seen.insert(address).inserted else { return }
        let object = try file.object(at: address, path: path)
        guard object.isGroup else { return add(path, below: top) }
        for name in object.names.sorted() { visit(name, in: object, depth: depth + 1, top: top) }
      } catch {
        note("\(path.printable): \(error.problem.printable)")
      }
    }

    private mutating func add(_ path: String, below top: String) {
      if groups.last?.top != top { groups.append(LeftOut(top: top)) }
      groups[groups.count - 1].count += 1
      if groups[groups.count - 1].first.count < Self.mostNames { groups[groups.count - 1].first.append(path) }
    }

    private mutating func note(_ text: String) {
      if notes.count < Self.mostNotes { notes.append("Left out: \(text).") }
    }
  }
}
