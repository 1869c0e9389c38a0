import GraftTensor

extension WeightFile {
  /// Reads the parameters of a model, strictly: each is filled exactly once with its own shape, and no tensor of the
  /// file is left over that the naming table does not call needless.
  ///
  /// The model may be a part of the file: see ``part(namedBy:)``. Then nothing of that part is left over.
  ///
  /// - Parameters:
  ///   - wanted: the model's parameters, in its order, no path twice.
  ///   - tables: ways in which files name the parameters of this model; the one that fits best is taken.
  ///   - relatives: tables of other models, to recognize a file that belongs to one of them.
  /// - Returns: the tensors by path, and what came from where.
  /// - Throws: ``LoadReport`` if the file does not fit; ``WeightFileError`` if a tensor cannot be read.
  public func parameters(
    _ wanted: [(path: String, shape: Tensor.Shape)], namedBy tables: [NamingTable],
    relatives: @autoclosure () -> [NamingTable] = []
  ) throws -> (tensors: [String: Tensor], report: LoadReport) {
    let (_, tensors, report) = try parameters(
      ofOneOf: tables.map { (wanted: wanted, table: $0) }, relatives: relatives())
    return (tensors, report)
  }

  /// Reads the parameters of one of several models, strictly: of that which fits best. For networks of one name whose
  /// parameters depend on who trained them.
  ///
  /// - Parameters:
  ///   - models: the parameters of each, and how such a file names them.
  ///   - relatives: tables of other models, to recognize a file that belongs to one of them.
  /// - Returns: the position of the model, its tensors by path, and what came from where.
  /// - Throws: ``LoadReport`` if the file fits none; ``WeightFileError`` if a tensor cannot be read.
  public func parameters(
    ofOneOf models: [(wanted: [(path: String, shape: Tensor.Shape)], table: NamingTable)],
    relatives: @autoclosure () -> [NamingTable] = []
  ) throws -> (index: Int, tensors: [String: Tensor], report: LoadReport) {
    let part = try part(namedBy: models.map(\.table))
    let plans = models.map { LoadPlan($0.wanted, of: part, namedBy: $0.table) }
    guard var index = plans.indices.first else {
      misused("At least one naming table is needed to load weights.")
    }
    for other in plans.indices.dropFirst() where plans[other].fits(betterThan: plans[index]) { index = other }
    let plan = plans[index]
    var report = plan.report
    guard report.isComplete else {
      report.resemblance = part.resemblance(besides: plan.table, among: models.map(\.table) + relatives())
      throw report
    }
    var tensors: [String: Tensor] = [:]
    for (assignment, layout) in plan.assignments {
      tensors[assignment.path] = layout.tensor(stored: try part.tensor(named: assignment.fileName))
    }
    return (index, tensors, report)
  }

  private func resemblance(
    besides table: NamingTable, among candidates: [NamingTable]
  ) -> LoadReport.Resemblance? {
    // Where the names fit, the trouble is in the shapes, and other tables know no better.
    guard !table.describes(names) else { return nil }
    if let match = candidates.first(where: { $0.describes(names) }) {
      return .init(name: match.name, advice: match.advice, takenAway: takenAway)
    }
    var search = NameSearch(names)
    for match in candidates where match.allowsPrefix {
      guard let found = search.find(match).first(where: { match.describes($0.names) }) else { continue }
      return .init(name: match.name, advice: match.advice, takenAway: found.takenAway)
    }
    return nil
  }
}
