import GraftTensor

extension WeightFile {
  /// Reads the parameters of a model, strictly: each is filled exactly once with its own shape, and no tensor of the
  /// file is left over that the naming table does not call needless.
  ///
  /// - Parameters:
  ///   - wanted: the model's parameters, in its order, no path twice.
  ///   - tables: ways in which files name the parameters of this model; the one that fits best is taken.
  ///   - relatives: tables of other models, to recognize a file that belongs to one of them.
  /// - Returns: the tensors by path, and what came from where.
  /// - Throws: ``LoadReport`` if the file does not fit; ``WeightFileError`` if a tensor cannot be read.
  public func parameters(
    _ wanted: [(path: String, shape: Tensor.Shape)], namedBy tables: [NamingTable],
    relatives: [NamingTable] = []
  ) throws -> (tensors: [String: Tensor], report: LoadReport) {
    let plans = tables.map { LoadPlan(wanted, of: self, namedBy: $0) }
    guard var plan = plans.first else { misused("At least one naming table is needed to load weights.") }
    for other in plans.dropFirst() where other.fits(betterThan: plan) { plan = other }
    var report = plan.report
    guard report.isComplete else {
      report.hint = hint(besides: plan.table, among: tables + relatives)
      throw report
    }
    var tensors: [String: Tensor] = [:]
    for (assignment, layout) in plan.assignments {
      tensors[assignment.path] = layout.tensor(stored: try tensor(named: assignment.fileName))
    }
    return (tensors, report)
  }

  private func hint(besides table: NamingTable, among candidates: [NamingTable]) -> String? {
    // Where the names fit, the trouble is in the shapes, and other tables know no better.
    guard !table.describes(names) else { return nil }
    let match = candidates.first { $0.describes(names) }
    return match.map { match in "This looks like \(match.name)\(match.advice.map { ": \($0)" } ?? "")." }
  }
}
