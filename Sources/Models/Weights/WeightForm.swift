import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// One kind of file in which the weights of a network are published. Who trained them decides about names, layouts,
/// preprocessing, and details of the architecture.
struct WeightForm<Variant: Hashable & Sendable>: Sendable {
  /// For people: `ResNet-50 (torchvision)`.
  let name: String
  /// The architectures that such weights may belong to, the usual one first.
  let variants: [Variant]
  /// How pictures become the input that the network was trained on.
  let preprocessing: Preprocessing
  /// One entry for each parameter and buffer of the encoder, by its path in the encoder.
  let encoder: [NamingTable.Entry]
  /// The same for the top, by the paths in the top.
  let top: [NamingTable.Entry]
  /// What to do with such a file where another was wanted, as the end of a sentence.
  let advice: String

  /// How such a file fills an encoder; it may have a top, which is left unused.
  var encoderTable: NamingTable { table(encoder + top.map(\.optional)) }

  /// How such a file fills a ``ClassificationNetwork``.
  var networkTable: NamingTable {
    table(encoder.map { $0.below("encoder") } + top.map { $0.below("top") })
  }

  private func table(_ entries: [NamingTable.Entry]) -> NamingTable {
    NamingTable(name, entries, ignorable: PyTorchNames.counters(beside: entries), advice: advice)
  }
}

/// How the weights of one network are found, recognized and loaded: the part that all encoders share.
struct WeightLoader<Variant: Hashable & Sendable, Encoder: ImageEncoder> {
  /// The kinds of files in which they are published.
  let forms: [WeightForm<Variant>]
  /// All architectures of this network.
  let variants: [Variant]
  /// What files record of a variant; see ``ImageEncoder/architecture``.
  let architecture: (Variant) -> Architecture
  /// Builds an encoder whose weights do not matter.
  let makeEncoder: (Variant, Preprocessing) -> Encoder
  /// Builds a top whose weights do not matter; it is told how many outputs the file has for the dense kernels of the
  /// top's paths.
  let makeTop: (_ outputs: (_ path: String) -> Int?) -> any Head

  /// An encoder's weights, and what they were trained with.
  struct EncoderWeights {
    let variant: Variant
    let preprocessing: Preprocessing
    let tensors: [String: Tensor]
    let report: LoadReport
  }

  /// One way to see a file.
  private struct Candidate<Built: Module> {
    let variant: Variant
    let preprocessing: Preprocessing
    let isGraft: Bool
    let module: Built
    let table: NamingTable
  }

  /// Reads an encoder's weights.
  ///
  /// - Parameters:
  ///   - file: with a top or without.
  ///   - variant: the architecture that is wanted; nil for that of the weights.
  /// - Throws: `LoadReport` or `WeightFileError` if they are another network's or another variant's.
  func encoderWeights(in file: any WeightFile, for variant: Variant?) throws -> EncoderWeights {
    let published = forms(for: variant).map { form, variant in
      Candidate(
        variant: variant, preprocessing: form.preprocessing, isGraft: false,
        module: makeEncoder(variant, form.preprocessing), table: form.encoderTable)
    }
    let graft = try graftVariants(file, for: variant).map { variant, preprocessing in
      let encoder = makeEncoder(variant, preprocessing)
      return Candidate(
        variant: variant, preprocessing: preprocessing, isGraft: true, module: encoder,
        table: .graft(encoder: encoder, in: file))
    }
    let (candidate, tensors, report) = try read(file, as: published + graft, isVariantGiven: variant != nil)
    return EncoderWeights(
      variant: candidate.variant, preprocessing: candidate.preprocessing, tensors: tensors, report: report)
  }

  /// A top as large as that of a file of Graft's own, which lies below `top.`; its weights do not matter.
  func top(in file: any WeightFile) -> any Head {
    makeTop { file.shape(of: "top.\($0)").flatMap(denseOutputs(of:)) }
  }

  /// Reads a network with its top, which gets as many classes as the file has.
  ///
  /// - Throws: what ``encoderWeights(in:for:)`` throws; also if the file has no top.
  func network(
    in file: any WeightFile, for variant: Variant?, report: (LoadReport) -> Void
  ) throws -> ClassificationNetwork {
    // Others may use the same keys for something else.
    let isGraft = ModelCard(metadata: file.metadata).architecture != nil
    let card = isGraft ? try file.modelCard() : ModelCard(metadata: file.metadata)
    func network(_ variant: Variant, _ preprocessing: Preprocessing, _ top: any Head)
      -> ClassificationNetwork
    {
      ClassificationNetwork(
        encoder: makeEncoder(variant, preprocessing), top: top, classNames: card.classNames)
    }
    let published = forms(for: variant).map { form, variant in
      let top = makeTop { path in
        form.top.first { $0.path == path }?.shape(in: file).flatMap(denseOutputs(of:))
      }
      return Candidate(
        variant: variant, preprocessing: form.preprocessing, isGraft: false,
        module: network(variant, form.preprocessing, top), table: form.networkTable)
    }
    let graft = try graftVariants(file, for: variant).map { variant, preprocessing in
      let network = network(variant, preprocessing, top(in: file))
      return Candidate(
        variant: variant, preprocessing: preprocessing, isGraft: true, module: network,
        table: .graft(paths: network.stateShapes.map(\.path)))
    }
    let (candidate, tensors, loaded): (Candidate<ClassificationNetwork>, [String: Tensor], LoadReport)
    do {
      (candidate, tensors, loaded) = try read(file, as: published + graft, isVariantGiven: variant != nil)
    } catch let report as LoadReport where report.lacksNothingButTop {
      throw WeightFileError(
        .unsupported, file.file, "it has the encoder of \(report.table) and no top, so it knows no classes",
        remedy: "Take the file with the top (Keras' has no \"notop\" in its name), or load the encoder alone."
      )
    }
    try candidate.module.load(tensors)
    report(loaded)
    return candidate.module
  }

  /// Opens the file with the weights, or the part of it that is this network's.
  ///
  /// - Parameters:
  ///   - source: where they come from.
  ///   - variant: the architecture that is wanted; nil for any.
  ///   - withTop: whether a published file without a top will not do.
  /// - Throws: ``WeightsNotFound``, and what opening throws.
  func open(_ source: WeightSource, for variant: Variant?, withTop: Bool = false) throws -> any WeightFile {
    let names = forms(for: variant).map(\.0.name)
    let sets = WeightSet.all.filter { names.contains($0.naming) && ($0.hasTop || !withTop) }
    let titles = (variant.map { [$0] } ?? variants).map(architecture)
    return try source.open(sets, of: titles.map(\.title).joined(separator: " or "))
      .part(namedBy: forms(for: variant).map(\.0.encoderTable))
  }

  private func forms(for variant: Variant?) -> [(WeightForm<Variant>, Variant)] {
    forms.compactMap { form in
      guard let variant else { return form.variants.first.map { (form, $0) } }
      return form.variants.contains(variant) ? (form, variant) : nil
    }
  }

  /// The variants that a file under Graft's own names may hold, by what its metadata says.
  private func graftVariants(_ file: any WeightFile, for variant: Variant?) throws
    -> [(Variant, Preprocessing)]
  {
    let wanted = variant.map { [$0] } ?? variants
    try file.checkArchitecture(isOneOf: wanted.map(architecture))
    let recorded = ModelCard(metadata: file.metadata).architecture
    let preprocessing = try file.recordedPreprocessing()
    return wanted.filter { recorded == nil || architecture($0) == recorded }.map { variant in
      let usual = forms.first { $0.variants.contains(variant) }?.preprocessing ?? .caffe
      return (variant, preprocessing ?? usual)
    }
  }

  private func read<Built>(
    _ file: any WeightFile, as candidates: [Candidate<Built>], isVariantGiven: Bool
  ) throws -> (Candidate<Built>, [String: Tensor], LoadReport) {
    let models = candidates.map { (wanted: $0.module.stateShapes, table: $0.table) }
    let (index, tensors, report) = try file.parameters(
      ofOneOf: models, relatives: forms.map(\.encoderTable) + EncoderFamily.builtIn.networks.flatMap(\.tables)
    )
    let chosen = candidates[index]
    let isRecorded = ModelCard(metadata: file.metadata).architecture != nil
    if chosen.isGraft, !isRecorded, !isVariantGiven {
      let paths = Set(chosen.module.stateShapes.map(\.path))
      let others = candidates.filter { $0.isGraft && Set($0.module.stateShapes.map(\.path)) == paths }
      guard others.count == 1 else {
        throw WeightFileError(
          .unsupported, file.file,
          "it has Graft's own names and does not say to which of these its weights belong: "
            + others.map { architecture($0.variant).title }.joined(separator: ", "),
          remedy: "Name the variant with which it was trained.")
      }
    }
    return (chosen, tensors, report)
  }
}

extension NamingTable {
  /// The table of a file that Graft wrote of this encoder, or of a network that is grafted on it.
  fileprivate static func graft(encoder: some ImageEncoder, in file: any WeightFile) -> NamingTable {
    let paths = encoder.stateShapes.map(\.path)
    guard file.names.contains(where: { $0.hasPrefix("encoder.") }) else { return .graft(paths: paths) }
    return NamingTable(
      "Graft's own names", paths.map { Entry($0, from: "encoder.\($0)") },
      ignorable: Set(file.names.filter { !$0.hasPrefix("encoder.") }))
  }
}

/// The outputs of a dense kernel; nil for what a file may also have there. One without numbers could claim any size.
private func denseOutputs(of shape: Tensor.Shape) -> Int? {
  shape.rank == 2 && shape[0] > 0 && shape[1] > 0 ? shape[1] : nil
}

extension LoadReport {
  /// Whether the file would fit if no top were wanted.
  fileprivate var lacksNothingButTop: Bool {
    unplaced.isEmpty && mismatched.isEmpty && missing.allSatisfy { $0.hasPrefix("top.") }
  }
}

extension NamingTable.Entry {
  /// The shape, in Graft's order, of the tensor that a file has for this entry; nil if it has none.
  fileprivate func shape(in file: any WeightFile) -> Tensor.Shape? {
    fileNames.lazy.compactMap { file.shape(of: $0) }.first.flatMap(layout.shape(stored:))
  }
}
