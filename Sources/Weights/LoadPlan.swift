import GraftTensor

/// Which tensor would go where by one naming table, before any is read.
struct LoadPlan {
  let table: NamingTable
  let assignments: [(LoadReport.Assignment, WeightLayout)]
  let report: LoadReport
  /// Whether the table names parameters as the file does, be it those of another network.
  private let hasStyleOfFile: Bool

  init(
    _ wanted: [(path: String, shape: Tensor.Shape)], of file: some WeightFile, namedBy table: NamingTable
  ) {
    let shapes = Dictionary(wanted.map { ($0.path, $0.shape) }) { _, _ in
      misused("A model has a parameter path twice: \(wanted.map(\.path)).")
    }
    let entries = Dictionary(uniqueKeysWithValues: table.entries.map { ($0.path, $0) })
    let names = Set(file.names)
    var unused = names
    var assignments: [(LoadReport.Assignment, WeightLayout)] = []
    var missing: [String] = []
    var mismatched: [LoadReport.ShapeMismatch] = []
    for (path, shape) in wanted {
      guard let entry = entries[path], let name = entry.fileNames.first(where: names.contains),
        let stored = file.shape(of: name)
      else {
        missing.append(path)
        continue
      }
      unused.remove(name)
      let assignment = LoadReport.Assignment(path: path, fileName: name)
      let found = entry.layout.shape(stored: stored)
      if found == shape {
        assignments.append((assignment, entry.layout))
      } else {
        mismatched.append(.init(assignment: assignment, wanted: shape, found: found ?? stored))
      }
    }
    let optional = table.entries.filter { $0.isOptional && shapes[$0.path] == nil }.flatMap(\.fileNames)
    let needless = table.ignorable.union(optional)
    self.table = table
    self.assignments = assignments
    let style = NamingStyle(of: file.names)
    hasStyleOfFile = style != nil && style == NamingStyle(of: table.entries.lazy.flatMap(\.fileNames))
    report = LoadReport(
      file: file.file, format: file.format, table: table.name, loaded: assignments.map(\.0), missing: missing,
      mismatched: mismatched, unplaced: file.names.filter { unused.contains($0) && !needless.contains($0) },
      ignored: file.names.filter { unused.contains($0) && needless.contains($0) },
      takenAway: file.takenAway, others: file.others)
  }

  /// More parameters filled; or as many, by a table whose names are of the file's kind; or with fewer tensors left over.
  func fits(betterThan other: LoadPlan) -> Bool {
    let (own, others) = (report, other.report)
    let (placed, othersPlaced) = (
      own.loaded.count + own.mismatched.count, others.loaded.count + others.mismatched.count
    )
    return (own.loaded.count, placed, hasStyleOfFile ? 1 : 0, -own.unplaced.count)
      > (others.loaded.count, othersPlaced, other.hasStyleOfFile ? 1 : 0, -others.unplaced.count)
  }
}
