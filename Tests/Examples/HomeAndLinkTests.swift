import Foundation
import GraftFiles
import TestSupport
import Testing

/// Where programs look for files, and what they say of links.
@Suite(.long) struct HomeAndLinkTests {
  private func link(_ name: String, to target: String, in folder: URL) throws {
    try FileManager.default.createSymbolicLink(
      atPath: folder.appendingPathComponent(name).path, withDestinationPath: target)
  }

  @Test func weightsAreLookedForInTheHomeThatTheShellNames() throws {
    try withTemporaryFolder { folder in
      let script =
        "HOME=\(folder.path)/own GRAFT_WEIGHTS= \"$program\" --encoder vgg16 --output x.npz a.jpg 2>&1"
      let result = try run("extract-features", byShell: script, in: folder)
      #expect(
        result.status == 1 && result.output.contains("\(folder.path)/own/.cache/graft has none"), "\(result)")
      let account = try run(
        "extract-features", byShell: script.replacing("HOME=\(folder.path)/own", with: "HOME="), in: folder)
      #expect(
        account.output.contains("/.cache/graft has none") && !account.output.contains(folder.path),
        "\(account)")
    }
  }

  @Test func aLinkToItselfIsCalledSo() throws {
    try withTemporaryFolder { folder in
      try link("self", to: "self", in: folder)
      try link("there", to: "back", in: folder)
      try link("back", to: "there", in: folder)
      for name in ["self", "there"] {
        let picture = try run(
          "classify-image", ["--encoder", "vgg16", "--weights", name, "a.jpg"], in: folder)
        #expect(
          picture.status == 1 && picture.output.contains("leads to itself, directly or in a circle"),
          "\(picture)")
        let data = try run(
          "face-segmentation-study", ["--celeba", name, "--lfw", name, "--helen", name, "--dry-run"],
          in: folder)
        #expect(
          data.status == 1 && data.output.contains("leads to itself, directly or in a circle"), "\(data)")
        let study = try run("face-segmentation-study", ["--output", name], in: folder)
        #expect(
          study.status == 1 && study.output.contains("leads to itself, directly or in a circle"), "\(study)")
      }
      try link("loop.npz", to: "loop.npz", in: folder)
      let output = try run("inspect-weights", [weights, "--convert", "loop.npz", "--overwrite"], in: folder)
      #expect(output.status == 64 && output.output.contains("leads to itself"), "\(output)")
    }
  }

  private let weights = Golden.folder.appendingPathComponent("safetensors/f64.safetensors").path
}
