import Foundation
import GraftTensor
import GraftWeights
import Testing

@Test func objectsBesideTheTensorsAreLeftOutAndSaid() throws {
  let file = try PyTorchFile(contentsOf: golden("pytorch/objects.pth"))
  #expect(
    file.names == [
      "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked",
    ])
  for (number, name) in file.names.enumerated() {
    #expect(try file.tensor(named: name).scalars.allSatisfy { $0 == Float(number) }, "\(name)")
  }
  let expected = [
    "0.extra of the class mmengine.logging.history_buffer.HistoryBuffer", "anchors, which NumPy saved",
    "args of the class argparse.Namespace", "version of the class torch.torch_version.TorchVersion",
    "log.loss, log.time of the class mmengine.logging.history_buffer.HistoryBuffer",
    "hyper_parameters of the class pytorch_lightning.utilities.parsing.AttributeDict",
    "path of the class pathlib.PurePosixPath", "loader of the class functools.partial",
    "best, 1 tensor beside state_dict", "optimizer, 1 tensor beside state_dict",
  ]
  for text in expected {
    #expect(file.notes.count { $0.hasPrefix("Left out: \(text)") } == 1, "\(text): \(file.notes)")
  }
}

@Test func aFileOfObjectsWithoutATensorIsRefusedByTheirClass() {
  let text = message { _ = try PyTorchFile(contentsOf: golden("pytorch/only_objects.pth")) }
  #expect(
    text?.contains("there is no tensor in it; args is a whole Python object of the class argparse.Namespace")
      == true,
    "\(text ?? "it was accepted")")
}
