"""Error templates for lupdate, from `tools/collect_error_templates.py`."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

TEMPLATES = (
    QT_TRANSLATE_NOOP("Errors", "expected the path of an ONNX file, or a torch.nn.Module; got a {type}"),
    QT_TRANSLATE_NOOP("Errors", "there is no kind of answers '{answers}'; there are {known}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "input '{input}' takes whole numbers, 0 to 255; the preprocessing for them is '{preset}'",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "give mean and std together, three numbers each, and no preprocessing by name",
    ),
    QT_TRANSLATE_NOOP("Errors", "{labels} labels were given; the model has {count} classes"),
    QT_TRANSLATE_NOOP("Errors", "{operator} '{node}' cannot be rewritten for more images"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the file fixes the batch to one image, and {operator} '{node}' cannot be rewritten for more: what "
        "it gives for two images is not what it gives for each. Export the model with a dynamic batch, and "
        "in evaluation mode: in training, norms are taken over it",
    ),
    QT_TRANSLATE_NOOP("Errors", "{operator} '{node}' does not run: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "{refusal}{hint}"),
    QT_TRANSLATE_NOOP("Errors", "the list '{name}'"),
    QT_TRANSLATE_NOOP("Errors", "{path}: there is no such file of labels; there are lists named {known}"),
    QT_TRANSLATE_NOOP("Errors", "{path}: the labels cannot be read: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "{path}: the labels are not valid JSON: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "metadata '{key}'"),
    QT_TRANSLATE_NOOP("Errors", "{what}: the keys are not the numbers 0 to {last}"),
    QT_TRANSLATE_NOOP("Errors", "{what}: expected a list of names or an object of names by number"),
    QT_TRANSLATE_NOOP("Errors", "{what}: {names} names; the model has {count} classes"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the pair's logits differ from the module's by {gap:.1e} of the largest, allowed {allowed:.0e}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the pair's gradients differ from autograd's by {gap:.1e} of their length, allowed {allowed:.0e}",
    ),
    QT_TRANSLATE_NOOP("Errors", "ONNX Runtime cannot run the model: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "node '{node}' is {domain}.{operator}, an operator of ONNX Runtime's own. Adopt the model as it was "
        "before it was optimised or quantised for it",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the model looks like a detector whose boxes are not decoded (outputs of one image: {outputs}), and "
        "the file does not hold its anchors or cells. Export it with its boxes decoded",
    ),
    QT_TRANSLATE_NOOP("Errors", "{first} and {count} more"),
    QT_TRANSLATE_NOOP("Errors", "the model has no output '{chosen}'; it has {listed}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the model looks like a detector: node '{node}' is {operator} (outputs: {listed}). {why}",
    ),
    QT_TRANSLATE_NOOP("Errors", "several outputs could be the scores ({listed}){hint}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "output '{name}' holds {count} heads beside each other, each of which adds up to one{hint}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "output '{name}' holds a single number without a Sigmoid. If it is the logit of a binary "
        "classifier, say so with --answers binary; if it is to be explained as a number, such as an age, "
        "with --answers number",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "It answers in two stages, for regions that it picks itself, and in another way than TorchVision's "
        "Faster R-CNN, which is read. Expected that, scores and boxes at fixed places as detectors of one "
        "stage have them, or a classifier",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "No scores and boxes at all of its places were found in front of the selection. Expected a sigmoid "
        "or a softmax [1, P, K] and boxes [1, P, 4]: export the model without NonMaxSuppression",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "output '{output}' holds the winning classes alone ({operator} '{node}'), without the scores that "
        "led to them{hint}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the outputs are raw maps of a detector's strides ({listed}), whose boxes are offsets to anchors "
        "that are not in the file. Export it with its boxes decoded: one output [1, P, 5 + K]",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "this model does not give one score for each class, [N, K]; it looks like a detector or a "
        "segmenter, which answer for many places at once (outputs of one image: {listed}){hint}",
    ),
    QT_TRANSLATE_NOOP("Errors", "none"),
    QT_TRANSLATE_NOOP("Errors", "no image input"),
    QT_TRANSLATE_NOOP("Errors", "{count} image inputs"),
    QT_TRANSLATE_NOOP("Errors", "further inputs beside the image"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the model has {what} (inputs: {listed}); expected one input [N, C, h, w] or [N, h, w, C]{advice}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        ". Models of several inputs cannot be explained from an image alone; fix the others as constants",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "input '{input}' has 4 channels ({dims}): RGB with transparency (RGBA) or one more; expected 3 "
        "(RGB) or 1 (grey). Export the model with its first three channels alone",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "input '{input}' has {channels} channels ({dims}); expected 3 (RGB) or 1 (grey)",
    ),
    QT_TRANSLATE_NOOP("Errors", "input '{input}' fixes its size to {height} x {width}, not {size}"),
    QT_TRANSLATE_NOOP("Errors", "input '{input}' {dims} leaves its size open{hint}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "input '{input}' {dims} takes rows of {count} numbers, which are no images of {height} x {width} "
        "pixels in grey or RGB",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "input '{input}' {dims} takes flattened images, rows of {count} numbers, whose size the file does "
        "not say{hint}",
    ),
    QT_TRANSLATE_NOOP("Errors", "an input for text, or numbers that stand for words, and no image input"),
    QT_TRANSLATE_NOOP("Errors", "an input for tables, a row of numbers each, and no image input"),
    QT_TRANSLATE_NOOP("Errors", "an input for sequences, and no image input"),
    QT_TRANSLATE_NOOP("Errors", "an input for videos or volumes, and no image input"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "input '{name}' {dims} may be [N, C, h, w] or [N, h, w, C]; export the model with its number of "
        "channels fixed to 3 or 1",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the preprocessing step {step} is not understood; name a preset, or give mean and std, in its place",
    ),
    QT_TRANSLATE_NOOP("Errors", "{where} says {fact} {value}, {other} says {taken}, which is taken"),
    QT_TRANSLATE_NOOP("Errors", "there is no range '{range}'; there are {known}"),
    QT_TRANSLATE_NOOP("Errors", "crop_pct is {value:g}; expected a share above 0, at most 1"),
    QT_TRANSLATE_NOOP("Errors", "there is no interpolation '{name}'; there are {known}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "there is no geometry '{geometry}'; there are stretch, crop, crop:PIXELS (the shorter side's length "
        "before cropping), letterbox, letterbox:GREY (0 to 255) and letterbox:GREY:top-left",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: there is no model file"),
    QT_TRANSLATE_NOOP("Errors", "'{path}' holds no network: its graph has no nodes or no outputs"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the model uses ONNX operator set {version}; expected {oldest} to {newest}. Convert it with "
        "onnx.version_converter, or export it anew",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "node '{node}' is the custom operator {domain}.{operator}; expected ONNX's own operators. If ONNX "
        "Runtime wrote this file when it optimised a model, adopt that model",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "node '{node}' is {operator}: it computes in whole numbers whose scale changes with the image, "
        "which have no gradient. Adopt the model as it was before it was quantised",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "node '{node}' is {operator}: control flow and sequences are not differentiated. Export the model "
        "with fixed control flow",
    ),
    QT_TRANSLATE_NOOP("Errors", "the model does not say which ONNX operator set it uses"),
    QT_TRANSLATE_NOOP("Errors", "the module cannot be copied: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "BatchNormalization '{node}' keeps statistics for each place (spatial=0), which no newer operator "
        "set has; export the model anew",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "input '{input}' fixes the batch to {batch} images; export the model with a batch of one or of any "
        "size",
    ),
    QT_TRANSLATE_NOOP("Errors", "the model answers every image alike; was its last layer ever trained?"),
    QT_TRANSLATE_NOOP("Errors", "ONNX Runtime cannot load the model: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "ImageNet's mean and std, the image stretched"),
    QT_TRANSLATE_NOOP("Errors", "0..1"),
    QT_TRANSLATE_NOOP("Errors", "-1..1, Keras MobileNet, Inception, ViT"),
    QT_TRANSLATE_NOOP("Errors", "BGR 0..255 less the mean, Keras ResNet and VGG"),
    QT_TRANSLATE_NOOP("Errors", "0..255, Keras EfficientNet and networks that normalise by themselves"),
    QT_TRANSLATE_NOOP("Errors", "CIFAR-10's mean and std"),
    QT_TRANSLATE_NOOP("Errors", "MNIST's mean and std"),
    QT_TRANSLATE_NOOP("Errors", "TorchVision: shorter side to 256, centre 224, ImageNet's mean and std"),
    QT_TRANSLATE_NOOP("Errors", "timm: the same, bicubic"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "OpenAI's CLIP and its relatives: shorter side to the input's, centre, bicubic",
    ),
    QT_TRANSLATE_NOOP("Errors", "Ultralytics' classifiers: shorter side to the input's, centre, 0..1"),
    QT_TRANSLATE_NOOP("Errors", "Ultralytics' LetterBox: padded with grey 114, 0..1"),
    QT_TRANSLATE_NOOP("Errors", "tf, stretched without interpolation, as Keras' load_img does"),
    QT_TRANSLATE_NOOP("Errors", "caffe, the same"),
    QT_TRANSLATE_NOOP("Errors", "imagenet, the same"),
    QT_TRANSLATE_NOOP("Errors", "bytes, the same"),
    QT_TRANSLATE_NOOP("Errors", "unit, the same"),
    QT_TRANSLATE_NOOP("Errors", "PaddleOCR: BGR -1..1, stretched by OpenCV"),
    QT_TRANSLATE_NOOP("Errors", "the report's own: stretched in the graph, its mean and std"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "an ONNX file does not say how images are to be scaled{hint}. There are {listed}",
    ),
    QT_TRANSLATE_NOOP("Errors", "there is no preprocessing '{name}'; there are {listed}"),
    QT_TRANSLATE_NOOP("Errors", "keeps channels last, as ONNX Runtime's optimiser has it"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "node '{node}' is {operator} and {reason}. Adopt the model as it was before it was quantised",
    ),
    QT_TRANSLATE_NOOP("Errors", "lacks a scale"),
    QT_TRANSLATE_NOOP("Errors", "has {count} scales where one is expected"),
    QT_TRANSLATE_NOOP("Errors", "lacks one scale for its result"),
    QT_TRANSLATE_NOOP("Errors", "computes its scale '{name}', which could change from image to image"),
    QT_TRANSLATE_NOOP("Errors", "has a scale for each part of '{tensor}', which is computed"),
    QT_TRANSLATE_NOOP("Errors", "is of an operator set before 13"),
    QT_TRANSLATE_NOOP("Errors", "choose a layer behind it{hint}, such as '{layer}'"),
    QT_TRANSLATE_NOOP("Errors", "no layer lies behind it, so that none has gradients"),
    QT_TRANSLATE_NOOP("Errors", "the gradient at layer '{layer}' is not finite for an image of noise"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the scores do not change with the places of layer '{layer}' (behind the last attention only the "
        "class token counts); choose an earlier layer{hint}",
    ),
    QT_TRANSLATE_NOOP("Errors", "the model's {name} are not finite for an image of noise"),
    QT_TRANSLATE_NOOP("Errors", "ONNX Runtime cannot run the forward graph that was made: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "the part '{name}' is empty; expected NAME[FIRST:END], END not included"),
    QT_TRANSLATE_NOOP("Errors", "the model answers images with infinite numbers; it cannot be verified"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the module does not say how its images are scaled: give preprocessing, the transform that they go "
        "through or the name of a preset, or mean and std",
    ),
    QT_TRANSLATE_NOOP("Errors", "the module cannot be run on images {shape}: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "PyTorch cannot export the network: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "PyTorch's exporter returned nothing"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the example is {shape}; expected images [N, 3, h, w], or [N, 1, h, w] in grey",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the module's input size is not known: give an example [N, 3, h, w], or size=(h, w)",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the preprocessing resizes or crops twice, or crops before it resizes (at {step}), which is not "
        "understood; name a preset, or give mean and std, in its place",
    ),
    QT_TRANSLATE_NOOP("Errors", "'{name}': ONNX Runtime cannot run it, to compare with it: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the adopted network differs from the file by {difference:.2g} of the largest answer; nothing was "
        "written. Please report this model",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "which place of the image each value of layer '{layer}' belongs to could not be told: what changes "
        "at a place of the image changes the layer elsewhere. Choose another layer, see --inspect",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the gradient at layer '{layer}' differs from finite differences of the scores by {difference:.2g} "
        "of its length; nothing was written. Please report this model",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the gradients at layer '{layer}' of several scores asked at once differ from those asked one by "
        "one; nothing was written. Please report this model",
    ),
    QT_TRANSLATE_NOOP("Errors", "no box was found; name one as the target, or a class with a spot"),
    QT_TRANSLATE_NOOP("Errors", "rather_than and against require a target class"),
    QT_TRANSLATE_NOOP("Errors", "top must be a number of classes, at least 1; got {top}"),
    QT_TRANSLATE_NOOP("Errors", "expected the name of a method; got a {type}"),
    QT_TRANSLATE_NOOP("Errors", "a spot is asked about with one class as the target"),
    QT_TRANSLATE_NOOP("Errors", "there is no question '{question}' about a box; there are {known}"),
    QT_TRANSLATE_NOOP("Errors", "a region is asked about with the question 'mask'"),
    QT_TRANSLATE_NOOP("Errors", "only the question 'class' about a box is smoothed"),
    QT_TRANSLATE_NOOP("Errors", "a mask has no other class, and is not fused"),
    QT_TRANSLATE_NOOP("Errors", "a position has no other class, nothing against it, and is not fused"),
    QT_TRANSLATE_NOOP("Errors", "'{model}' finds boxes without masks"),
    QT_TRANSLATE_NOOP("Errors", "the tail takes tensor '{name}', which nothing makes"),
    QT_TRANSLATE_NOOP("Errors", "input {index} is computed from the image; expected constants"),
    QT_TRANSLATE_NOOP("Errors", "it picks images from the batch"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "it reads rows of the batch by numbers of which it is unknown how they count the images",
    ),
    QT_TRANSLATE_NOOP("Errors", "the dimensions {dims} follow the batch size; expected fixed ones"),
    QT_TRANSLATE_NOOP("Errors", "the network has no tensor '{name}' that a node makes"),
    QT_TRANSLATE_NOOP("Errors", "the logits '{logits}' do not depend on the layer '{target}'"),
    QT_TRANSLATE_NOOP("Errors", "layer '{target}' has shape {shape}; expected the batch first"),
    QT_TRANSLATE_NOOP("Errors", "the logits '{logits}' have shape {shape}; expected [N, K] or [N, K, P]"),
    QT_TRANSLATE_NOOP("Errors", "no gradient flows from the logits '{logits}' to the layer '{target}'"),
    QT_TRANSLATE_NOOP("Errors", "the score depends on another of its outputs than the first"),
    QT_TRANSLATE_NOOP("Errors", "it is in training mode; export the model in evaluation mode"),
    QT_TRANSLATE_NOOP("Errors", "its weights depend on the image; expected constants"),
    QT_TRANSLATE_NOOP("Errors", "it is one-sided and inverse; expected one of them at most"),
    QT_TRANSLATE_NOOP("Errors", "its reduction is '{reduction}'; expected 'none' or 'add'"),
    QT_TRANSLATE_NOOP("Errors", "a product with a vector; expected matrices"),
    QT_TRANSLATE_NOOP("Errors", "the equation '{equation}' has an ellipsis; expected letters alone"),
    QT_TRANSLATE_NOOP("Errors", "the diagonal '{term}'; expected different letters"),
    QT_TRANSLATE_NOOP("Errors", "its matrices are {side} x {side}; expected {most} at most"),
    QT_TRANSLATE_NOOP("Errors", "its scale or variance is computed in the graph; expected constants"),
    QT_TRANSLATE_NOOP("Errors", "its scale is computed in the graph; expected a constant"),
    QT_TRANSLATE_NOOP("Errors", "its scale is not one constant, nor one a channel"),
    QT_TRANSLATE_NOOP("Errors", "its activations are {names}; expected Tanh or Relu"),
    QT_TRANSLATE_NOOP("Errors", "input {index} is computed; expected constant weights"),
    QT_TRANSLATE_NOOP("Errors", "it has {attributes}; expected none"),
    QT_TRANSLATE_NOOP("Errors", "its first state depends on the layer; expected constants"),
    QT_TRANSLATE_NOOP("Errors", "it crops (tf_crop_and_resize); expected the whole image resized"),
    QT_TRANSLATE_NOOP("Errors", "its input has {rank} dimensions; expected [N, C, h, w]"),
    QT_TRANSLATE_NOOP("Errors", "mode '{mode}' and padding '{padding}'; expected linear, zeros or border"),
    QT_TRANSLATE_NOOP("Errors", "it takes a part of the batch"),
    QT_TRANSLATE_NOOP("Errors", "a spot is asked about with a class: name it"),
    QT_TRANSLATE_NOOP("Errors", "{most} boxes an image were asked for; at least 1 is needed"),
    QT_TRANSLATE_NOOP("Errors", "'{model}' is no detector: it finds no boxes"),
    QT_TRANSLATE_NOOP("Errors", "detector: 1 class, {geometry} {size}"),
    QT_TRANSLATE_NOOP("Errors", "detector: {classes:,} classes, {geometry} {size}"),
    QT_TRANSLATE_NOOP("Errors", "boxes and classes cannot be asked together; ask one after the other"),
    QT_TRANSLATE_NOOP("Errors", "the box has place {place}: the model has places 0 to {last}"),
    QT_TRANSLATE_NOOP("Errors", "the spot {x:g}, {y:g} is not in the image of {width} x {height} pixels"),
    QT_TRANSLATE_NOOP("Errors", "the asset '{name}' is missing: looked in {places}. Install Whylight again"),
    QT_TRANSLATE_NOOP("Errors", "there is no bundled model '{name}': expected one of {known}"),
    QT_TRANSLATE_NOOP("Errors", "there are several classes '{target}': name one by its index ({indexes})"),
    QT_TRANSLATE_NOOP("Errors", "expected the name or index of a class; got {target}"),
    QT_TRANSLATE_NOOP("Errors", "there is no class {index}: the model has classes 0 to {last}"),
    QT_TRANSLATE_NOOP("Errors", "there is no class '{target}'; did you mean {names}?"),
    QT_TRANSLATE_NOOP("Errors", "there is no class '{target}'; the model's {count} classes are {few}"),
    QT_TRANSLATE_NOOP("Errors", "there is no file and no command '{word}'; did you mean '{program} {near}'?"),
    QT_TRANSLATE_NOOP("Errors", "{path}: no file fits this pattern"),
    QT_TRANSLATE_NOOP("Errors", "{path}: a line is longer than a path can be"),
    QT_TRANSLATE_NOOP("Errors", "{path}: has more than {limit:,} MiB"),
    QT_TRANSLATE_NOOP("Errors", "{path}: has no column 'image' or 'bytes'"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: {kind} files need the package 'pyarrow': pip install 'whylight[scale]'",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: row {row} holds no bytes of an image"),
    QT_TRANSLATE_NOOP("Errors", "{path}: cannot be read: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{out}: another run is writing to this folder; wait for its end, or name another folder",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{out}: holds an unfinished report that asked another question ({differing}). Ask the same again to "
        "continue it, or name another folder{hint}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: other file systems need the package 'pyarrow': pip install 'whylight[scale]'",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: there is no such file or folder"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "Parquet needs the package 'pyarrow', which is not installed; install it with: pip install "
        "'whylight[{extra}]'",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: is not a regular file"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "name the pair to write with --out NAME.onnx, or look at the model with --inspect",
    ),
    QT_TRANSLATE_NOOP("Errors", "{name}: has no mask '{mask}'"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{folder}: has {name} already. Choose another folder, or replace it with --force",
    ),
    QT_TRANSLATE_NOOP("Errors", "{folder}: the tables cannot be written: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "--rather takes two classes; '{first}' and '{second}' are the same one"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the card's detector has {places} places and boxes as '{form}'; expected one of {forms}",
    ),
    QT_TRANSLATE_NOOP("Errors", "the card's detector has {places} places, and grids of {counts}"),
    QT_TRANSLATE_NOOP("Errors", "the card's detector names {layers} layers for {grids} grids"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{count} maps of shapes {shapes} cannot be fused: expected at least one, and a size where theirs "
        "differ",
    ),
    QT_TRANSLATE_NOOP("Errors", "the opacity is {opacity:g}; it must lie between 0 and 1"),
    QT_TRANSLATE_NOOP("Errors", "there is no colour map '{colour_map}'; known are {known}"),
    QT_TRANSLATE_NOOP("Errors", "there is no scale '{scale}'; there are {known}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{method} maps are not additive contributions to the score, so scale '{scale}' is not available; "
        "use '{image}' or '{compared}', or one of the methods {methods}",
    ),
    QT_TRANSLATE_NOOP("Errors", "the full scale is {full_scale:g} logits; it must be a number above 0"),
    QT_TRANSLATE_NOOP("Errors", "{file}: {message}"),
    QT_TRANSLATE_NOOP("Errors", "operator {operator} (node '{node}') has no differentiation rule"),
    QT_TRANSLATE_NOOP("Errors", "operator {operator} (node '{node}') has no differentiation rule: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "Explainer takes no option '{option}'; expected some of {known}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "expected the path of an ONNX file as model; got a {type} (of a torch.nn.Module, whylight.adopt "
        "makes such a file)",
    ),
    QT_TRANSLATE_NOOP("Errors", "there is no placement '{placement}'; there are {known}"),
    QT_TRANSLATE_NOOP("Errors", "'{model}' has no gradients, so no other layer can be explained"),
    QT_TRANSLATE_NOOP("Errors", "the images are {dtype} {shape}; expected RGB uint8 [N, H, W, 3]"),
    QT_TRANSLATE_NOOP("Errors", "the explainer of '{model}' has been closed; open the model again"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the {method} map has values that are no numbers, drawn as no evidence: the network divides by zero "
        "for this image",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the image equals what it is compared with: nothing raises the likeness, and the map is rounding",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the {method} map is blank: no place has positive evidence. Ask what speaks against the class, or "
        "choose another layer or method",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the layer stands before a normalisation: at each of its places what is for an answer is as much as "
        "what is against it, and {method} cannot tell the two apart. Choose the layer behind the "
        "normalisation",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{method} does not know the class: its map shows what is strongest in the layer, whatever was asked",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{method} draws random masks: other ones would give a map that correlates with this one by about "
        "{correlation:.2f}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the map has only {rows} x {columns} cells, so it tells places roughly; an earlier layer has more",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: a cut-out needs 8 bits per channel and an alpha channel"),
    QT_TRANSLATE_NOOP("Errors", "{path}: a cut-out needs an object and transparency around it"),
    QT_TRANSLATE_NOOP("Errors", "there is no replacement '{replacement}'; there are {known}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "cannot measure a curve of class {index} in {steps} steps; expected class 0 to {last} and at least "
        "1 step",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: the mask has {shape} pixels (height, width), its image {size}"),
    QT_TRANSLATE_NOOP("Errors", "{path}: the mask has no light pixel, and so no object"),
    QT_TRANSLATE_NOOP("Errors", "a mask of shape {shape} without object: expected [H, W], True on it"),
    QT_TRANSLATE_NOOP("Errors", "'{model}' has no weights between image and logits"),
    QT_TRANSLATE_NOOP("Errors", "percentiles {percentiles}: expected numbers above 0 and at most 100"),
    QT_TRANSLATE_NOOP("Errors", "{path}: has {count:,} weights; the limit is {limit:,}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{name}': its weights lie outside its folder, in '{location}'; put them beside the model and save "
        "it with a relative path",
    ),
    QT_TRANSLATE_NOOP("Errors", "'{name}': its weights are missing: there is no '{location}' beside it"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{name}': where its weights lie in '{location}' makes no sense: offset {offset}, length {length}, "
        "and the file has {size:,} bytes",
    ),
    QT_TRANSLATE_NOOP("Errors", "'{name}': its weights are cut off: '{location}' ends early"),
    QT_TRANSLATE_NOOP("Errors", "{path}: has more than {limit:,} nodes"),
    QT_TRANSLATE_NOOP("Errors", "{path}: has graphs inside graphs more than {limit} deep"),
    QT_TRANSLATE_NOOP("Errors", "{path}: the function '{function}' calls itself"),
    QT_TRANSLATE_NOOP("Errors", "{path}: has functions inside functions more than {limit} deep"),
    QT_TRANSLATE_NOOP("Errors", "{path}: its functions unfold to {count:,} nodes; the limit is {limit:,}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: the name '{beginning}…' has {length:,} characters; the limit is {limit:,}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: the tensor '{tensor}' has {found:,} bytes; its shape says {expected:,}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: the tensor '{tensor}' has the shape {shape}; the limit is {limit:,} bytes",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: the nodes of its graph lead in a circle"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: its input '{input}' is {shape}; the limit is {side:,} pixels a side and {values:,} values",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: there is not enough memory for this model"),
    QT_TRANSLATE_NOOP("Errors", "{path}: is no network that can be used: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "'{output}' depends on '{name}' by a way around {known}"),
    QT_TRANSLATE_NOOP("Errors", "two dimensions of {shape} follow the batch size; expected at most one"),
    QT_TRANSLATE_NOOP("Errors", "the network does not run with batches of {batches}: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "tensor '{name}' changes its rank with the batch: {small} and {large}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "tensor '{name}' does not grow in proportion to the batch: {small} and {large}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "tensor '{name}' is computed from the batch size alone, in a way that cannot be told from batches "
        "of {batches}: shapes {small} and {large}",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: the {kind} data are truncated or damaged"),
    QT_TRANSLATE_NOOP("Errors", "{path}: there is not enough memory to decode {width:,} x {height:,} pixels"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the image is a {type}; expected a path, the bytes of an image file, a Pillow image, or an array "
        "uint8 [H, W, 3]",
    ),
    QT_TRANSLATE_NOOP("Errors", "; it looks as if the channels came first: image.transpose(1, 2, 0)"),
    QT_TRANSLATE_NOOP("Errors", "; values of 0 to 1 become so by (image * 255).round().astype('uint8')"),
    QT_TRANSLATE_NOOP("Errors", "the image is {dtype} {shape}; expected RGB uint8 [H, W, 3]{hint}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the Pillow image holds numbers outside of 16 bits; scale them to 8 bits first",
    ),
    QT_TRANSLATE_NOOP("Errors", "the image"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: cameras' raw files ({suffix}) are not supported; convert it to JPEG, PNG or TIFF",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: the file is empty"),
    QT_TRANSLATE_NOOP("Errors", "{path}: not an image (expected JPEG, PNG, WebP, TIFF, BMP or GIF)"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: {width:,} x {height:,} pixels; the limit is {limit:,.0f} megapixels. Make it smaller first",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: {size:,} bytes cannot hold {width:,} x {height:,} pixels of an image: it is damaged, or "
        "all of one colour",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: {width:,} x {height:,} pixels; the limit for GIFs and animations is {limit:,.0f} "
        "megapixels. Make it smaller first",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: {width:,} x {height:,} pixels take {needed:,.0f} MB to decode; the limit is {limit:,.0f} "
        "MB. Make it smaller first",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: a JPEG of {scans:,} scans, each of which decodes all {width:,} x {height:,} pixels again; "
        "the limit is {limit:,}",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: is a folder, not an image"),
    QT_TRANSLATE_NOOP("Errors", "{path}: the file has {size:,} MiB; the limit is {limit:,} MiB"),
    QT_TRANSLATE_NOOP("Errors", "{path}: there is no such file"),
    QT_TRANSLATE_NOOP("Errors", "{path}: you may not read this file"),
    QT_TRANSLATE_NOOP("Errors", "the decoder gave up"),
    QT_TRANSLATE_NOOP("Errors", "{path}: cannot be decoded: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "its samples have {bits} bits; JPEGs of 8 bits are supported"),
    QT_TRANSLATE_NOOP("Errors", "it has {channels} channels; 1, 3 and 4 are supported"),
    QT_TRANSLATE_NOOP("Errors", "its compression, {compression}, is not supported"),
    QT_TRANSLATE_NOOP("Errors", "{pages} pages; the first is shown"),
    QT_TRANSLATE_NOOP("Errors", "it is truncated: too little data for {width:,} x {height:,} pixels"),
    QT_TRANSLATE_NOOP("Errors", "its compressed data are damaged"),
    QT_TRANSLATE_NOOP("Errors", "values of 0 to {most:,} in 16 bits, shown as {bits} bits"),
    QT_TRANSLATE_NOOP("Errors", "its samples are {dtype}; 8 and 16 bits a channel are supported"),
    QT_TRANSLATE_NOOP("Errors", "{path}: needs more than {limit:,} MiB of memory to be decoded"),
    QT_TRANSLATE_NOOP("Errors", "the process that decodes cannot be started: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: not decoded after {seconds:,g} s, the limit; the environment variable {variable} sets "
        "another",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: the process that decoded it crashed ({how}); the image was not read",
    ),
    QT_TRANSLATE_NOOP("Errors", "it has no size"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the environment variable {variable} is '{text}'; expected a positive number",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: images are written as .png or .jpg, not as '{suffix}'"),
    QT_TRANSLATE_NOOP("Errors", "{path}: cannot be written: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "an RGB image uint8 [H, W, 3] was expected, found {found}"),
    QT_TRANSLATE_NOOP("Errors", "{folder}: the folder cannot be listed: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "the input description holds '{value}'; expected one of {known}"),
    QT_TRANSLATE_NOOP("Errors", "the input description has the size {size}; expected pixels"),
    QT_TRANSLATE_NOOP("Errors", "it has the header of no image format known here"),
    QT_TRANSLATE_NOOP("Errors", "its {name} header is cut off"),
    QT_TRANSLATE_NOOP("Errors", "its {name} header gives a size of {width} x {height} pixels"),
    QT_TRANSLATE_NOOP("Errors", "it is truncated: the PNG's last part (IEND) is missing"),
    QT_TRANSLATE_NOOP("Errors", "its JPEG header gives no size before the pixels begin"),
    QT_TRANSLATE_NOOP("Errors", "its WebP header has an unknown first chunk {kind!r}"),
    QT_TRANSLATE_NOOP("Errors", "its TIFF header gives no size"),
    QT_TRANSLATE_NOOP("Errors", "it is no TIFF structure"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: {kind} images need the package '{package}': pip install 'whylight[{extra}]'",
    ),
    QT_TRANSLATE_NOOP("Errors", "the decoder does not know its data"),
    QT_TRANSLATE_NOOP("Errors", "{path}: OpenCV cannot read it as a video"),
    QT_TRANSLATE_NOOP("Errors", "{path}: the video has no frame that can be read"),
    QT_TRANSLATE_NOOP("Errors", "{path}: its frames have more than {limit:,} pixels"),
    QT_TRANSLATE_NOOP("Errors", "{device} ran out of memory"),
    QT_TRANSLATE_NOOP("Errors", "top is {top}; expected at least 1"),
    QT_TRANSLATE_NOOP("Errors", "no class to explain; expected at least one"),
    QT_TRANSLATE_NOOP("Errors", "score weights have shape {shape}; expected [M, {classes}], M >= 1"),
    QT_TRANSLATE_NOOP("Errors", "score weights must be finite numbers"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "place weights have shape {shape}; expected finite numbers [{scores}, {places}]",
    ),
    QT_TRANSLATE_NOOP("Errors", "'{name}' has no gradient graph '{gradient}' beside it"),
    QT_TRANSLATE_NOOP("Errors", "'{name}' lacks the outputs {outputs}"),
    QT_TRANSLATE_NOOP("Errors", "{name}: cannot be used: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{name}: one step was not done after {seconds:,.0f} s, the limit for a model of this size. It may "
        "never end, or this machine is slow: the environment variable {variable} sets another limit",
    ),
    QT_TRANSLATE_NOOP("Errors", "stopped"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{name}: needs more than {limit:,} MiB of memory, the limit for a model of this size; the "
        "environment variable {variable} sets another",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{name}: the process that tried this model crashed ({how}); the model was not opened",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: the model cannot be written: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "the card's {kind} is a JSON {type}; expected an object"),
    QT_TRANSLATE_NOOP("Errors", "the card's {kind} is invalid: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the network has no map of more than one place that the scores depend on; it cannot be explained by "
        "place",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the scores depend on the image through whole numbers only: {operator} '{node}' rounds, and what is "
        "rounded has no gradient. Adopt the model as it was before it was quantised",
    ),
    QT_TRANSLATE_NOOP("Errors", "the scores do not depend on the image"),
    QT_TRANSLATE_NOOP("Errors", "layer '{layer}' holds no map that the scores depend on{hint}"),
    QT_TRANSLATE_NOOP("Errors", "the network has no layer '{layer}'{hint}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the network takes one image at a time, so positions and masks of its boxes cannot be explained",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the network takes one image at a time, so that its layer is chosen when it is adopted: adopt it "
        "again{hint}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the scores do not change with the places of layer '{layer}' (behind the last attention only the "
        "class token counts); choose an earlier layer, see --inspect",
    ),
    QT_TRANSLATE_NOOP("Errors", "{names} and {last}"),
    QT_TRANSLATE_NOOP("Errors", "{method} needs the image itself; explain the image again by this method"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{method} explains boxes, but '{model}' is no detector; available methods are {methods}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{method} needs a layer with a map, but '{model}' has none; available methods are {methods}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{method} needs gradients, but '{model}' was adopted without them; available methods are {methods}",
    ),
    QT_TRANSLATE_NOOP("Errors", "the network has {count} inputs {inputs}; expected one"),
    QT_TRANSLATE_NOOP("Errors", "layer '{target}' has shape {shape}; expected [N, C, h, w]"),
    QT_TRANSLATE_NOOP("Errors", "the network has {logits} logits, the card {classes} classes"),
    QT_TRANSLATE_NOOP("Errors", "the card names no classes; expected at least one"),
    QT_TRANSLATE_NOOP("Errors", "the card gives {count} further names for {classes} classes"),
    QT_TRANSLATE_NOOP("Errors", "the card's input_size is {size}; expected height and width in pixels"),
    QT_TRANSLATE_NOOP("Errors", "the card's mean {mean} and std {std} must be three numbers, std above 0"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the card's input_size is {size}; expected that of its input description, {other}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the file is the gradient graph of a pair: open the forward graph beside it, NAME.onnx",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the model has no card (metadata '{key}'): it is not the forward graph of a pair. Export one with "
        "`whylight export`",
    ),
    QT_TRANSLATE_NOOP("Errors", "the model card is not valid JSON: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "the model card is a JSON {type}; expected an object"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the model card has version {version!r}; this program reads version {known}. Export the model "
        "again, or use the program version that wrote it",
    ),
    QT_TRANSLATE_NOOP("Errors", "the model card lacks {fields}"),
    QT_TRANSLATE_NOOP("Errors", "the model card's {name} is {value!r:.80}; expected {expected}"),
    QT_TRANSLATE_NOOP("Errors", "text"),
    QT_TRANSLATE_NOOP("Errors", "one of {kinds}"),
    QT_TRANSLATE_NOOP("Errors", "a whole number"),
    QT_TRANSLATE_NOOP("Errors", "true or false"),
    QT_TRANSLATE_NOOP("Errors", "a list of names"),
    QT_TRANSLATE_NOOP("Errors", "lists of names by language"),
    QT_TRANSLATE_NOOP("Errors", "two whole numbers"),
    QT_TRANSLATE_NOOP("Errors", "three numbers"),
    QT_TRANSLATE_NOOP("Errors", "a whole number or null"),
    QT_TRANSLATE_NOOP("Errors", "numbers by name"),
    QT_TRANSLATE_NOOP("Errors", "texts by name"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{name}: a pair cannot be written as that; expected a name that ends in .onnx",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: the pair cannot be written: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{target}: is the model itself, which would be replaced; give the pair another name{hint}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{target}: there is such a file already, and it is no pair of '{source}'; give the pair another "
        "name{hint}",
    ),
    QT_TRANSLATE_NOOP("Errors", "forward graph"),
    QT_TRANSLATE_NOOP("Errors", "gradient graph"),
    QT_TRANSLATE_NOOP("Errors", "{path}: there is no {what}; a pair is NAME.onnx and NAME.gradient.onnx"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the network takes one image at a time, so that this cannot be done with it: its file fixes the "
        "batch to one. Export it with a dynamic batch",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the forward graph does not begin with the preprocessing of '{input}': export or adopt the model "
        "again",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{model}' and '{gradient}' are not of the same model; copy both files of a pair together, or "
        "export it again",
    ),
    QT_TRANSLATE_NOOP("Errors", "expected one or more explainers of the same model"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{method} explains classes of a whole image; for a box or region choose {methods}",
    ),
    QT_TRANSLATE_NOOP("Errors", "'{model}' is no detector: D-RISE explains boxes alone"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the model has no layer with a map, which {method} needs; choose occlusion or RISE",
    ),
    QT_TRANSLATE_NOOP("Errors", "'{model}'"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{model}' takes one image at a time, so that Ablation-CAM cannot cut it in two. Choose Score-CAM, "
        "occlusion or RISE",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{model}' converts its activations from another layout by {operator}, which Ablation-CAM cannot "
        "undo. Choose Score-CAM, occlusion or RISE",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the tail takes '{name}', {dtype} {shape}, in addition to the activations; expected float32 with "
        "one row per image. Choose Score-CAM, occlusion or RISE",
    ),
    QT_TRANSLATE_NOOP("Errors", "the tail of '{model}'"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "cannot occlude {cells} cells with a reach of {reach}; expected 1 to {least} cells and a reach of "
        "at least 0",
    ),
    QT_TRANSLATE_NOOP("Errors", "place weights have shape {shape}; '{model}' has {places} places"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{masks} masks of {grid} x {grid} cells shown with {shown:g}; expected at least 2 masks, 1 cell, "
        "and a probability between 0 and 1",
    ),
    QT_TRANSLATE_NOOP("Errors", "grid, origin and stride, two numbers each"),
    QT_TRANSLATE_NOOP("Errors", "'{model}' is no segmenter: it has no regions"),
    QT_TRANSLATE_NOOP("Errors", "reader of text lines: {classes:,} signs, {geometry} {size}"),
    QT_TRANSLATE_NOOP("Errors", "segmenter: {classes:,} classes, {geometry} {size}"),
    QT_TRANSLATE_NOOP("Errors", "there is no mask for {image} in {folder}: expected {stem}.png"),
    QT_TRANSLATE_NOOP("Errors", "the mask {mask} cannot be read: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "{video}: the report holds no overlays of its frames"),
    QT_TRANSLATE_NOOP("Errors", "a box is explained at one layer; name one, or none for the map of its grid"),
    QT_TRANSLATE_NOOP("Errors", "one box is asked about at a spot; leave out how many"),
    QT_TRANSLATE_NOOP("Errors", "a region is explained at one layer; name one"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{model}' answers for an image as a whole: regions and spots are for segmenters, spots for "
        "detectors, too",
    ),
    QT_TRANSLATE_NOOP("Errors", "{top} classes an image were asked for; at least 1 is needed"),
    QT_TRANSLATE_NOOP("Errors", "{error}"),
    QT_TRANSLATE_NOOP("Errors", "{path}: there is not enough memory to explain it"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "several machines need the package 'ray', which is not installed; install it with: pip install "
        "'whylight[{extra}]'",
    ),
    QT_TRANSLATE_NOOP("Errors", "the Ray cluster cannot be reached: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "nothing was found: no box scores {least:.0%} or more; the best is {name} with {answer}",
    ),
    QT_TRANSLATE_NOOP("Errors", "none of the boxes is of class {names}"),
    QT_TRANSLATE_NOOP("Errors", "{folder}: the folder cannot be made: {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "maps of several layers are scaled each by itself before they are fused; the scale '{scale}' is for "
        "one layer, the scale of several is '{image}'",
    ),
    QT_TRANSLATE_NOOP("Errors", "faithfulness is measured for one layer, and for the question why a class"),
    QT_TRANSLATE_NOOP("Errors", "faithfulness is measured for boxes that were found, and not at a spot"),
    QT_TRANSLATE_NOOP("Errors", "the scale '{scale}' is not available with Ray"),
    QT_TRANSLATE_NOOP("Errors", "{out}: the report cannot be written: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "there are no panels '{panels}'; there are {known}"),
    QT_TRANSLATE_NOOP("Errors", "maps are not written as '{format}'; there are {known}"),
    QT_TRANSLATE_NOOP("Errors", "to_dataframe needs pandas: pip install pandas"),
    QT_TRANSLATE_NOOP("Errors", "there is no panel '{panel}'; there are {known}"),
    QT_TRANSLATE_NOOP("Errors", "plot needs matplotlib: pip install matplotlib"),
    QT_TRANSLATE_NOOP("Errors", "expected the index of a score, 0 to {last}; got {index}"),
    QT_TRANSLATE_NOOP("Errors", "there is no score {index}: the result has {count}"),
    QT_TRANSLATE_NOOP("Errors", "export the model to ONNX first"),
    QT_TRANSLATE_NOOP("Errors", "{path}: {what}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "{path}: the file is truncated or damaged: it does not hold a whole ONNX model. Copy or download it "
        "again",
    ),
    QT_TRANSLATE_NOOP("Errors", "{path}: ONNX Runtime cannot load it: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "the file is empty"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "this is a Git LFS pointer and not the model itself; run git lfs pull in its repository to get it",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "this is a web page and no ONNX model: a download gave the page in place of the file",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "this is a ZIP archive and no ONNX model, such as a PyTorch checkpoint or a Keras file; {way_out}",
    ),
    QT_TRANSLATE_NOOP("Errors", "this is a Python pickle and no ONNX model; {way_out}"),
    QT_TRANSLATE_NOOP("Errors", "this is an HDF5 file and no ONNX model; {way_out}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "this is a TensorFlow Lite model and no ONNX model; python -m tf2onnx.convert --tflite converts it",
    ),
    QT_TRANSLATE_NOOP("Errors", "this is text and no ONNX model"),
    QT_TRANSLATE_NOOP("Errors", "ONNX Runtime has no provider '{provider}'; available are {known}"),
    QT_TRANSLATE_NOOP("Errors", "{what}: ONNX Runtime cannot load it: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "the model"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "CUDA was asked for, but this ONNX Runtime is built without it; the package onnxruntime-gpu has it",
    ),
    QT_TRANSLATE_NOOP("Errors", "{wanted} was asked for, but this ONNX Runtime is built without it"),
    QT_TRANSLATE_NOOP("Errors", "{wanted} was asked for, but did not start: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "no compatible device was found"),
    QT_TRANSLATE_NOOP("Errors", "{text}"),
    QT_TRANSLATE_NOOP("Errors", "exit status {status}"),
    QT_TRANSLATE_NOOP("Errors", "{signal}"),
    QT_TRANSLATE_NOOP("Errors", "signal {number}"),
    QT_TRANSLATE_NOOP("Errors", "rather_than and against cannot be combined"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "class {index} cannot be contrasted with itself; choose two different classes",
    ),
    QT_TRANSLATE_NOOP("Errors", "the card's segmenter has a grid of {grid}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "position {x}, {y} lies outside of the image, which has {width} x {height} pixels",
    ),
    QT_TRANSLATE_NOOP("Errors", "the model did not see the image at {x}, {y}"),
    QT_TRANSLATE_NOOP("Errors", "the mask has shape {shape}; expected that of the image, {size}"),
    QT_TRANSLATE_NOOP("Errors", "the mask is empty"),
    QT_TRANSLATE_NOOP("Errors", "the model saw nothing of the masked part of the image"),
    QT_TRANSLATE_NOOP("Errors", "embeddings, compared with {count:,}"),
    QT_TRANSLATE_NOOP("Errors", "embeddings of {count:,} numbers"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "expected one embedding for each of {count} names; got an array of shape {shape}",
    ),
    QT_TRANSLATE_NOOP("Errors", "an embedding is zero or not finite; it has no direction"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{model}' answers with classes, not with an embedding; likeness is asked of embedding models",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "the references have {other} numbers each; '{model}' makes embeddings of {size}",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{name}' is no text model: it takes {inputs}; expected input_ids, perhaps with an attention_mask",
    ),
    QT_TRANSLATE_NOOP("Errors", "a text to compare images with is empty"),
    QT_TRANSLATE_NOOP("Errors", "'{name}' gives no embedding of '{text}': {reason}"),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{name}' gives no embedding of '{text}': it is zero, no number, or of another length",
    ),
    QT_TRANSLATE_NOOP(
        "Errors",
        "'{name}' is no text model: expected one output with an embedding, [N, D]; it has {outputs}",
    ),
    QT_TRANSLATE_NOOP("Errors", "there is no {tokenizer} beside '{name}', nor in the folder above"),
    QT_TRANSLATE_NOOP("Errors", "texts need the package tokenizers: pip install 'whylight[text]'"),
    QT_TRANSLATE_NOOP("Errors", "'{name}' is no tokenizer: {reason}"),
    QT_TRANSLATE_NOOP("Errors", "reading the file"),
    QT_TRANSLATE_NOOP("Errors", "trying it on images"),
    QT_TRANSLATE_NOOP("Errors", "making it take any number of images"),
    QT_TRANSLATE_NOOP("Errors", "finding the shapes of its tensors"),
    QT_TRANSLATE_NOOP("Errors", "comparing its answers with the file's"),
    QT_TRANSLATE_NOOP("Errors", "deriving its gradients"),
    QT_TRANSLATE_NOOP("Errors", "checking the gradients"),
    QT_TRANSLATE_NOOP("Errors", "writing the pair"),
    QT_TRANSLATE_NOOP("Errors", "{share:.0%} of it was not seen by the model, and is dark"),
)
