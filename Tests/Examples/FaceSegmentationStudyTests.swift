import Foundation
import GraftModels
import GraftStudy
import GraftTensor
import GraftTraining
import TestSupport
import Testing

private let example = "face-segmentation-study"

@Suite(.serialized, .long) struct FaceSegmentationStudyTests {
  /// The options of a study of synthetic faces with a VGG16 of random weights.
  private func arguments(_ folder: URL, output: URL) -> [String] {
    data(folder) + [
      "--weights", "vgg16=\(folder.appendingPathComponent("vgg16.safetensors").path)", "--encoders", "vgg16",
      "--limit-gender", "20", "--gender-epochs", "2", "--segmentation-batch", "3",
      "--segmentation-learning-rate", "1e-2", "--segmentation-epochs", "24", "--output", output.path,
    ]
  }

  private func data(_ folder: URL) -> [String] {
    ["celeba", "lfw", "helen"].flatMap { ["--\($0)", folder.appendingPathComponent($0).path] }
  }

  private func prepare(_ folder: URL) throws {
    try folder.writeSyntheticTrees()
    try VGG(.vgg16).write(to: folder.appendingPathComponent("vgg16.safetensors"))
  }

  @Test func killedAndStoppedStudyEndsAsOneThatWasLeftAlone() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      let (whole, broken) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("broken"))
      let (status, output) = try run(example, arguments(folder, output: whole), in: folder)
      #expect(status == 0, "\(output)")
      #expect(output.contains("Mean gain of gender tuning"))
      // The file of settings that it leaves is as good as all of its options.
      let again = try run(
        example,
        ["--configuration", whole.appendingPathComponent("configuration.json").path, "--output", whole.path],
        in: folder)
      #expect(again.status == 0 && !again.output.contains("loss"), "\(again.output)")

      for (file, signal, expected) in [
        ("features", SIGKILL, -SIGKILL), ("checkpoints/vgg16-gender.safetensors", SIGKILL, -SIGKILL),
        ("checkpoints/vgg16-lfw-hair-control.safetensors", SIGKILL, -SIGKILL),
        ("checkpoints/vgg16-lfw-no-hair-control.safetensors", SIGINT, 130),
      ] {
        let process = try ExampleProcess(example, arguments(folder, output: broken), in: folder)
        process.wait(until: broken.appendingPathComponent(file))
        process.send(signal)
        #expect(process.end() == expected, "\(file): \(process.output)")
        if signal == SIGINT { #expect(process.output.contains("Stopped, and saved.")) }
      }
      let last = try run(example, arguments(folder, output: broken), in: folder)
      #expect(last.status == 0, "\(last.output)")
      #expect(last.output.contains("goes on after"))

      let results = try [whole, broken].map {
        try #require(try FaceSegmentationResults(contentsOf: $0.appendingPathComponent("results.json")))
      }
      let encoder = try #require(results[0].encoders["vgg16"])
      #expect(encoder.decoders.count == 8)
      #expect(encoder.encoderDigest?.control != encoder.encoderDigest?.gender)
      #expect(results[0].encoders == results[1].encoders)
    }
  }

  @Test func aSecondRunInTheSameFolderIsRefused() throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      let output = folder.appendingPathComponent("out")
      let call = data(folder) + ["--encoders", "small", "--limit-gender", "20", "--output", output.path]
      let first = try ExampleProcess(example, call, in: folder)
      first.wait(until: output.appendingPathComponent("checkpoints"))
      let second = try run(example, call, in: folder)
      first.send(SIGINT)
      #expect(first.end() == 130, "\(first.output)")
      #expect(
        second.status == 1 && second.output.contains("another run is writing to this folder"),
        "\(second.output)")
    }
  }

  @Test func wrongFolderIsNamedAndWrongUseSaysHow() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      let output = folder.appendingPathComponent("out")
      let call = arguments(folder, output: output)
      let swapped = try run(
        example, call.map { $0 == folder.path + "/lfw" ? folder.path + "/helen" : $0 }, in: folder)
      #expect(swapped.status == 1 && swapped.output.contains("looks like that of HELEN"), "\(swapped.output)")
      // A folder of results is begun by what can run.
      #expect(!FileManager.default.fileExists(atPath: output.path))
      try folder.remove("celeba/list_attr_celeba.txt")
      let failure = try run(example, arguments(folder, output: output), in: folder)
      #expect(failure.status == 1 && failure.output.contains("list_attr_celeba"), "\(failure.output)")
      let misuse = try run(example, ["--lfw", "there"], in: folder)
      #expect(misuse.status == 64 && misuse.output.contains("Usage:"), "\(misuse.output)")
      let negative = try run(example, ["--segmentation-epochs", "-3"], in: folder)
      #expect(
        negative.status == 64 && negative.output.contains("-3: at least 1 is needed"), "\(negative.output)")
    }
  }

  @Test func weightsOfNoStudiedEncoderAndSecondOnesAreWrongUse() throws {
    try withTemporaryFolder { folder in
      let data = ["--celeba", "a", "--lfw", "b", "--helen", "c", "--weights", "vgg19=d.h5"]
      let unused = try run(example, data + ["--weights", "vgg16=e.h5"], in: folder)
      #expect(
        unused.status == 64 && unused.output.contains("vgg16 is not among the encoders"), "\(unused.output)")
      let second = try run(example, data + ["--weights", "vgg19=e.h5"], in: folder)
      #expect(second.status == 64 && second.output.contains("second file for vgg19"), "\(second.output)")
      // With one encoder its name may be left out.
      let nameless = try run(example, data + ["--weights", "e.h5"], in: folder)
      #expect(
        nameless.status == 64 && nameless.output.contains("second file for vgg19"), "\(nameless.output)")
      let own = try run(example, ["--encoders", "small", "--weights", "small=e.h5"], in: folder)
      #expect(own.status == 64 && own.output.contains("small encoder has its own weights"), "\(own.output)")
      let several = try run(example, ["--encoders", "vgg16,vgg19", "--weights", "e.h5"], in: folder)
      #expect(several.status == 64 && several.output.contains("write NAME=FILE"), "\(several.output)")
      let vector = try run(example, ["--encoders", "vgg_face"], in: folder)
      #expect(vector.status == 64 && vector.output.contains("there is no such encoder"), "\(vector.output)")
    }
  }

  /// Each kill comes after a drawn number of lines of progress, wherever that is: in features, in a tuning, in a decoder.
  @Test func aStudyThatIsKilledAnywhereEndsAsOneThatWasLeftAlone() throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      let (whole, broken) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("broken"))
      func call(_ output: URL) -> [String] {
        data(folder) + [
          "--encoders", "small", "--limit-gender", "20", "--gender-epochs", "2", "--segmentation-epochs", "3",
          "--masks", "hair,parts", "--json", "--output", output.path,
        ]
      }
      let undisturbed = try run(example, call(whole), in: folder)
      #expect(undisturbed.status == 0, "\(undisturbed.output)")
      var random = RandomStream(seed: 4)
      var kills = 0
      while kills < 40 {
        let process = try ExampleProcess(example, call(broken), in: folder)
        process.wait(forLines: 10 + random.integer(below: 30))
        process.send(SIGKILL)
        let status = process.end()
        if status == 0 { break }
        #expect(status == -SIGKILL, "\(process.output)")
        kills += 1
      }
      #expect(kills >= 3)
      let results = try [whole, broken].map {
        try #require(try FaceSegmentationResults(contentsOf: $0.appendingPathComponent("results.json")))
      }
      let encoder = try #require(results[0].encoders["small"])
      #expect(encoder.decoders.count == 8)
      #expect(
        results[0].encoders == results[1].encoders && results[0].run.datasets == results[1].run.datasets)
    }
  }

  @Test func aPlanIsPrintedAndNothingIsDone() throws {
    try withTemporaryFolder { folder in
      let output = folder.appendingPathComponent("out")
      let plan = try run(example, ["--dry-run", "--output", output.path], in: folder)
      #expect(plan.status == 0 && plan.output.contains("1 gender tuning, 8 decoders"), "\(plan.output)")
      #expect(plan.output.contains("10¹² operations"))
      #expect(!FileManager.default.fileExists(atPath: output.path))
    }
  }

  @Test func aFileNamesWhatOptionsDoNot() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("call.json").path
      func plan(_ text: String, _ options: String...) throws -> (status: Int32, output: String) {
        try folder.write(text, to: "call.json")
        return try run(example, ["--configuration", file, "--dry-run"] + options, in: folder)
      }
      let parts = try plan(#"{"masks": ["parts"], "seeds": [3, 4], "gender": {"epochs": 2}}"#)
      #expect(parts.status == 0 && parts.output.contains("1 gender tuning, 4 decoders"), "\(parts.output)")
      #expect(parts.output.contains("each of the 2 seeds"), "\(parts.output)")
      let overridden = try plan(#"{"masks": ["parts"]}"#, "--masks", "hair,parts")
      #expect(overridden.output.contains("8 decoders"), "\(overridden.output)")
      let one = try plan(#"{"lfw": "there"}"#)
      #expect(one.status == 64 && one.output.contains("--celeba is missing"), "\(one.output)")
      let text = try plan(#"{"masks": "parts"}"#)
      #expect(
        text.status == 64 && text.output.contains("masks is not a list in brackets"), "\(text.output)")
      let missing = try run(example, ["--configuration", "none.json"], in: folder)
      #expect(
        missing.status == 64 && missing.output.contains("none.json: could not open it"), "\(missing.output)")
    }
  }

  @Test func oneOfTheDataSetsWithMasksWillDo() throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      let output = folder.appendingPathComponent("out")
      let call = [
        "--celeba", folder.path + "/celeba", "--helen", folder.path + "/helen", "--encoders", "small",
        "--limit-gender", "20", "--gender-epochs", "1", "--segmentation-epochs", "1", "--masks", "hair",
        "--quiet", "--output", output.path,
      ]
      let study = try run(example, call, in: folder)
      #expect(study.status == 0, "\(study.output)")
      let results = try #require(
        try FaceSegmentationResults(contentsOf: output.appendingPathComponent("results.json")))
      #expect(results.encoders["small"]?.decoders.map(\.dataset) == ["helen", "helen"])
      let page = try String(contentsOf: RunFolder(output).report, encoding: .utf8)
      #expect(page.contains("HELEN, with hair") && !page.contains("LFW, with hair"))
    }
  }

  @Test func celebAIsNamedWithOneOfTheOthersOrNone() throws {
    try withTemporaryFolder { folder in
      let one = try run(example, ["--celeba", "a"], in: folder)
      #expect(one.status == 64 && one.output.contains("--lfw or --helen is missing"), "\(one.output)")
      let both = try run(example, ["--quiet", "--json"], in: folder)
      #expect(both.status == 64 && both.output.contains("exclude each other"), "\(both.output)")
      let none = try run(example, ["--encoders", "small,small"], in: folder)
      #expect(none.status == 64 && none.output.contains("each encoder once"), "\(none.output)")
      let masks = try run(example, ["--masks", "parts,nose"], in: folder)
      #expect(
        masks.status == 64
          && masks.output.contains("there is no nose; there are hair, no-hair, parts"),
        "\(masks.output)")
    }
  }

  @Test func aDamagedMaskEndsTheStudyBeforeItsFirstTraining() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      let labels = folder.appendingPathComponent("lfw/parts_lfw_funneled_gt_images")
      let label = try #require(
        FileManager.default.contentsOfDirectory(at: labels, includingPropertiesForKeys: nil).first)
      try Data(try Data(contentsOf: label).prefix(1000)).write(to: label)
      let output = folder.appendingPathComponent("out")
      let failure = try run(example, arguments(folder, output: output), in: folder)
      #expect(failure.status == 1 && failure.output.contains("it ends too early"), "\(failure.output)")
      #expect(
        failure.output.contains("1 sample cannot be used") && failure.output.contains("--on-bad-sample skip")
      )
      #expect(!FileManager.default.fileExists(atPath: output.appendingPathComponent("logs").path))
    }
  }

  @Test func resultsOfOtherSettingsAreNotMixed() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      let output = folder.appendingPathComponent("out")
      let process = try ExampleProcess(example, arguments(folder, output: output), in: folder)
      process.wait(until: output.appendingPathComponent("results.json"))
      process.send(SIGKILL)
      _ = process.end()
      try aChangedLabelIsNamed(folder, output)
      let other = try run(example, arguments(folder, output: output) + ["--seeds", "2"], in: folder)
      #expect(other.status == 1 && other.output.contains("seed was 1 and is now 2"), "\(other.output)")
      #expect(
        other.output.contains(
          "with --configuration \(output.path)/configuration.json --output \(output.path)."),
        "\(other.output)")
      // A file of settings decides about the seed where no option does.
      try folder.write(#"{"seed": 3}"#, to: "settings.json")
      let settings = ["--configuration", folder.appendingPathComponent("settings.json").path]
      let third = try run(example, arguments(folder, output: output) + settings, in: folder)
      #expect(third.status == 1 && third.output.contains("seed was 1 and is now 3"), "\(third.output)")
    }
  }

  @Test func theCallOfSeveralSeedsIsRepeatedByTheAdvice() throws {
    try withTemporaryFolder { folder in
      let call = [
        "--limit-gender", "20", "--gender-epochs", "1", "--segmentation-epochs", "1", "--masks", "hair",
        "--quiet",
        "--output", "one",
      ]
      let first = try run(example, call + ["--seeds", "1,2"], in: folder)
      #expect(first.status == 0, "\(first)")
      let other = try run(example, call + ["--seeds", "1,2", "--penalty", "0.5"], in: folder)
      let advice = [
        "--configuration", "one/seed-1/configuration.json", "--seeds", "1,2", "--output", "one",
      ]
      #expect(
        other.status == 1 && other.output.contains("repeat its call with \(advice.joined(separator: " "))."),
        "\(other)")
      let repeated = try run(example, advice + ["--json"], in: folder)
      #expect(repeated.status == 0 && !repeated.output.contains("\"epoch\""), "\(repeated)")
      #expect(repeated.output.contains("seed 2: 2 of 2, in one/seed-2"), "\(repeated)")
    }
  }

  /// A label is replaced by one that is as good, with its photograph as it was, and put back.
  private func aChangedLabelIsNamed(_ folder: URL, _ output: URL) throws {
    for (name, label, other, kinds) in [
      (
        "lfw", "lfw/parts_lfw_funneled_gt_images/Face_1_0001.ppm",
        "lfw/parts_lfw_funneled_gt_images/Face_2_0001.ppm", "hair, no-hair"
      ),
      ("helen", "helen/labels/1_1/1_1_lbl06.png", "helen/labels/1_1/1_1_lbl07.png", "hair, no-hair"),
    ] {
      let file = folder.appendingPathComponent(label)
      let before = try Data(contentsOf: file)
      try Data(contentsOf: folder.appendingPathComponent(other)).write(to: file)
      let changed = try run(example, arguments(folder, output: output), in: folder)
      #expect(
        changed.status == 1
          && changed.output.contains("\(name): the data are not those")
          && changed.output.contains("the same 10 pictures, but masks differ: \(kinds)"), "\(changed.output)")
      try before.write(to: file)
    }
  }
}
