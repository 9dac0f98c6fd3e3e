<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>About</name>
    <message>
        <source>About Whylight</source>
        <translation>Über Whylight</translation>
    </message>
    <message>
        <source>Sample images</source>
        <translation>Beispielbilder</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>Lizenzen</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>Wird geöffnet…</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Shows why an image classifier said what it said: offline, on your own machine.</source>
        <translation>Zeigt, warum ein Bildklassifikator sagt, was er sagt: ohne Internet, auf dem eigenen Rechner.</translation>
    </message>
    <message>
        <source>Free software under the Apache License 2.0. It comes without any warranty.</source>
        <translation>Freie Software unter der Apache-Lizenz 2.0, ohne jede Gewährleistung.</translation>
    </message>
    <message>
        <source>Runs on</source>
        <translation>Läuft mit</translation>
    </message>
    <message>
        <source>System</source>
        <translation>System</translation>
    </message>
    <message>
        <source>Keeps its things in</source>
        <translation>Ablageort</translation>
    </message>
</context>
<context>
    <name>Actions</name>
    <message>
        <source>Open folder…</source>
        <translation>Ordner öffnen…</translation>
    </message>
    <message>
        <source>Open images…</source>
        <translation>Bilder öffnen…</translation>
    </message>
    <message>
        <source>Sub-folders, too</source>
        <translation>Auch Unterordner</translation>
    </message>
    <message>
        <source>Open model…</source>
        <translation>Modell öffnen…</translation>
    </message>
    <message>
        <source>Second model beside this one, or close it…</source>
        <translation>Zweites Modell daneben öffnen, oder schließen…</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>Zuletzt</translation>
    </message>
    <message>
        <source>Recent folders and models</source>
        <translation>Zuletzt geöffnete Ordner und Modelle</translation>
    </message>
    <message>
        <source>Use this model from now on</source>
        <translation>Dieses Modell von nun an verwenden</translation>
    </message>
    <message>
        <source>Bundled model</source>
        <translation>Mitgeliefertes Modell</translation>
    </message>
    <message>
        <source>Open the bundled model</source>
        <translation>Das mitgelieferte Modell öffnen</translation>
    </message>
    <message>
        <source>Paste images or folders</source>
        <translation>Bilder oder Ordner einfügen</translation>
    </message>
    <message>
        <source>Copy panels</source>
        <translation>Ansichten kopieren</translation>
    </message>
    <message>
        <source>Save panels…</source>
        <translation>Ansichten speichern…</translation>
    </message>
    <message>
        <source>Copy image files</source>
        <translation>Bilddateien kopieren</translation>
    </message>
    <message>
        <source>Show the image&apos;s folder in the file manager</source>
        <translation>Den Ordner des Bildes in der Dateiverwaltung zeigen</translation>
    </message>
    <message>
        <source>Report of the selection, or of all on show…</source>
        <translation>Bericht der Auswahl, oder aller gezeigten…</translation>
    </message>
    <message>
        <source>Previous image</source>
        <translation>Voriges Bild</translation>
    </message>
    <message>
        <source>Next image</source>
        <translation>Nächstes Bild</translation>
    </message>
    <message>
        <source>Previous folder</source>
        <translation>Voriger Ordner</translation>
    </message>
    <message>
        <source>Next folder</source>
        <translation>Nächster Ordner</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>All panels</source>
        <translation>Alle Ansichten</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Image alone, or all</source>
        <translation>Nur das Bild, oder alle</translation>
    </message>
    <message>
        <source>Heatmap</source>
        <translation>Wärmebild</translation>
    </message>
    <message>
        <source>Heatmap alone, or all</source>
        <translation>Nur das Wärmebild, oder alle</translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation>Überlagerung</translation>
    </message>
    <message>
        <source>Overlay alone, or all</source>
        <translation>Nur die Überlagerung, oder alle</translation>
    </message>
    <message>
        <source>Fit the image</source>
        <translation>Bild einpassen</translation>
    </message>
    <message>
        <source>Every pixel of the image: 100 %</source>
        <translation>Jedes Pixel des Bildes: 100 %</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Filter the images</source>
        <translation>Bilder filtern</translation>
    </message>
    <message>
        <source>Search a class</source>
        <translation>Klasse suchen</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Opacity of the overlay</source>
        <translation>Deckkraft der Überlagerung</translation>
    </message>
    <message>
        <source>Why this class?</source>
        <translation>Warum diese Klasse?</translation>
    </message>
    <message>
        <source>What speaks against it?</source>
        <translation>Was spricht dagegen?</translation>
    </message>
    <message>
        <source>Why rather than another?</source>
        <translation>Warum eher als eine andere?</translation>
    </message>
    <message>
        <source>Mistakes only</source>
        <translation>Nur Fehler</translation>
    </message>
    <message>
        <source>Confusion table</source>
        <translation>Verwechslungstabelle</translation>
    </message>
    <message>
        <source>Predict all images, or stop</source>
        <translation>Alle Bilder vorhersagen, oder anhalten</translation>
    </message>
    <message>
        <source>How true is this map? Deletion and insertion</source>
        <translation>Wie wahr ist diese Karte? Löschen und Einfügen</translation>
    </message>
    <message>
        <source>Brush that covers part of the image</source>
        <translation>Pinsel, der Teile des Bildes verdeckt</translation>
    </message>
    <message>
        <source>Full screen: the panels alone</source>
        <translation>Vollbild: nur die Ansichten</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>About Whylight</source>
        <translation>Über Whylight</translation>
    </message>
</context>
<context>
    <name>AdoptForm</name>
    <message>
        <source>Open somebody else&apos;s model</source>
        <translation>Ein fremdes Modell öffnen</translation>
    </message>
    <message>
        <source>How images are scaled</source>
        <translation>Wie Bilder skaliert werden</translation>
    </message>
    <message>
        <source>What the model takes the image for</source>
        <translation>Wofür das Modell das Bild hält</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>From the model</source>
        <translation>Aus dem Modell</translation>
    </message>
    <message>
        <source>Class names</source>
        <translation>Klassennamen</translation>
    </message>
    <message>
        <source>Open this model</source>
        <translation>Dieses Modell öffnen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Scaling</source>
        <translation>Skalierung</translation>
    </message>
    <message>
        <source>Then it says</source>
        <translation>Dann sagt es</translation>
    </message>
    <message>
        <source>{name} takes images of {width} × {height} and knows {count} classes. A model does not say how it wants an image&apos;s values scaled: choose the scaling with which it recognises this image.</source>
        <translation>{name} nimmt Bilder von {width} × {height} und kennt {count} Klassen. Ein Modell sagt nicht, wie es die Werte eines Bildes skaliert haben will: Wählen Sie die Skalierung, mit der es dieses Bild erkennt.</translation>
    </message>
    <message>
        <source>{layer} (proposed)</source>
        <translation>{layer} (vorgeschlagen)</translation>
    </message>
    <message>
        <source>Being prepared…</source>
        <translation>Wird vorbereitet…</translation>
    </message>
</context>
<context>
    <name>App</name>
    <message>
        <source>Whylight crashed the last time. What is known of it: {path}</source>
        <translation>Whylight ist beim letzten Mal abgestürzt. Was man davon weiß: {path}</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
</context>
<context>
    <name>AppDirs</name>
    <message>
        <source>Nothing can be kept beside the program ({folder}: {reason}). It is kept where programs of this system usually keep it: {instead}</source>
        <translation>Neben dem Programm kann nichts aufbewahrt werden ({folder}: {reason}). Es liegt, wo Programme dieses Systems es gewöhnlich aufbewahren: {instead}</translation>
    </message>
</context>
<context>
    <name>CardView</name>
    <message>
        <source>Model card</source>
        <translation>Steckbrief des Modells</translation>
    </message>
    <message>
        <source>No model is open.</source>
        <translation>Kein Modell ist offen.</translation>
    </message>
    <message>
        <source>Trained on</source>
        <translation>Trainiert mit</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>Quelle</translation>
    </message>
</context>
<context>
    <name>ClassPanel</name>
    <message>
        <source>Classes, the most probable first</source>
        <translation>Klassen, die wahrscheinlichste zuerst</translation>
    </message>
    <message>
        <source>Search a class</source>
        <translation>Klasse suchen</translation>
    </message>
</context>
<context>
    <name>ConfusionTable</name>
    <message>
        <source>{count} of {label}, taken for {predicted}</source>
        <translation>{count} aus {label}, gehalten für {predicted}</translation>
    </message>
</context>
<context>
    <name>ConfusionView</name>
    <message>
        <source>Confusion table</source>
        <translation>Verwechslungstabelle</translation>
    </message>
    <message>
        <source>Rows: the folder&apos;s class. Columns: taken for. A cell shows its images.</source>
        <translation>Zeilen: Klasse des Ordners. Spalten: gehalten für. Eine Zelle zeigt ihre Bilder.</translation>
    </message>
</context>
<context>
    <name>CurvesChart</name>
    <message>
        <source>Deletion and insertion curves</source>
        <translation>Kurven vom Löschen und Einfügen</translation>
    </message>
    <message>
        <source>Deletion</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Insertion</source>
        <translation>Einfügen</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Open images</source>
        <translation>Bilder öffnen</translation>
    </message>
    <message>
        <source>Images ({suffixes})</source>
        <translation>Bilder ({suffixes})</translation>
    </message>
    <message>
        <source>Open model</source>
        <translation>Modell öffnen</translation>
    </message>
    <message>
        <source>Models (*.onnx)</source>
        <translation>Modelle (*.onnx)</translation>
    </message>
    <message>
        <source>Save panels</source>
        <translation>Ansichten speichern</translation>
    </message>
    <message>
        <source>Images (*.png *.jpg)</source>
        <translation>Bilder (*.png *.jpg)</translation>
    </message>
    <message>
        <source>Class names</source>
        <translation>Klassennamen</translation>
    </message>
    <message>
        <source>Class names, a line each or JSON (*.txt *.json *.csv *.names)</source>
        <translation>Klassennamen, je eine Zeile oder JSON (*.txt *.json *.csv *.names)</translation>
    </message>
    <message>
        <source>Write the report to this folder</source>
        <translation>Den Bericht in diesen Ordner schreiben</translation>
    </message>
    <message>
        <source>Write here</source>
        <translation>Hierher schreiben</translation>
    </message>
</context>
<context>
    <name>Engine</name>
    <message>
        <source>{path}: there is no such file</source>
        <translation>{path}: es gibt keine solche Datei</translation>
    </message>
    <message>
        <source>{path}: is a folder, not an image</source>
        <translation>{path}: ist ein Ordner, kein Bild</translation>
    </message>
    <message>
        <source>{path}: is not a regular file</source>
        <translation>{path}: ist keine gewöhnliche Datei</translation>
    </message>
    <message>
        <source>{path}: the file has {size} MiB; the limit is {limit} MiB</source>
        <translation>{path}: die Datei hat {size} MiB; höchstens {limit} MiB sind möglich</translation>
    </message>
    <message>
        <source>{path}: permission to read it was denied</source>
        <translation>{path}: das Recht zu lesen fehlt</translation>
    </message>
    <message>
        <source>{path}: cannot be read: {reason}</source>
        <translation>{path}: kann nicht gelesen werden: {reason}</translation>
    </message>
    <message>
        <source>{path}: the file is empty</source>
        <translation>{path}: die Datei ist leer</translation>
    </message>
    <message>
        <source>{path}: is not an image (expected JPEG, PNG, WebP, TIFF, BMP or GIF)</source>
        <translation>{path}: ist kein Bild (erwartet: JPEG, PNG, WebP, TIFF, BMP oder GIF)</translation>
    </message>
    <message>
        <source>{path}: {width} x {height} pixels; the limit is {limit} megapixels. Make it smaller first</source>
        <translation>{path}: {width} x {height} Pixel; höchstens {limit} Megapixel sind möglich. Verkleinern Sie es zuerst</translation>
    </message>
    <message>
        <source>{path}: cannot be decoded: {reason}</source>
        <translation>{path}: kann nicht dekodiert werden: {reason}</translation>
    </message>
    <message>
        <source>{path}: the {kind} data are truncated or damaged</source>
        <translation>{path}: die {kind}-Daten sind abgeschnitten oder beschädigt</translation>
    </message>
    <message>
        <source>it is truncated: the PNG&apos;s last part (IEND) is missing</source>
        <translation>es ist abgeschnitten: der letzte Teil des PNG (IEND) fehlt</translation>
    </message>
    <message>
        <source>its {name} header is cut off</source>
        <translation>sein {name}-Kopf ist abgeschnitten</translation>
    </message>
    <message>
        <source>{path}: the folder cannot be listed: {reason}</source>
        <translation>{path}: der Ordner kann nicht gelesen werden: {reason}</translation>
    </message>
    <message>
        <source>{path}: cannot be written: {reason}</source>
        <translation>{path}: kann nicht geschrieben werden: {reason}</translation>
    </message>
    <message>
        <source>{path}: images are written as .png or .jpg, not as &apos;{suffix}&apos;</source>
        <translation>{path}: Bilder werden als .png oder .jpg geschrieben, nicht als »{suffix}«</translation>
    </message>
    <message>
        <source>there is no model file &apos;{path}&apos;</source>
        <translation>es gibt keine Modelldatei »{path}«</translation>
    </message>
    <message>
        <source>ONNX Runtime cannot load {what}: {reason}</source>
        <translation>ONNX Runtime kann {what} nicht laden: {reason}</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; has no gradient graph &apos;{gradient}&apos; beside it</source>
        <translation>neben »{model}« fehlt der Gradientengraph »{gradient}«</translation>
    </message>
    <message>
        <source>{method} needs gradients, which &apos;{model}&apos; was adopted without; it can be explained by {methods}</source>
        <translation>{method} braucht Gradienten, ohne die »{model}« übernommen wurde; erklären lässt es sich durch {methods}</translation>
    </message>
    <message>
        <source>&apos;{path}&apos; cannot be read as an ONNX model: {reason}</source>
        <translation>»{path}« kann nicht als ONNX-Modell gelesen werden: {reason}</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; and &apos;{gradient}&apos; are not of the same model; copy both files of a pair together, or export it again</source>
        <translation>»{model}« und »{gradient}« sind nicht vom selben Modell; kopieren Sie beide Dateien eines Paars zusammen, oder exportieren Sie es neu</translation>
    </message>
    <message>
        <source>the model card has version {found}; this program reads version {known}. Export the model again, or use the program version that wrote it</source>
        <translation>die Modellkarte hat Version {found}; dieses Programm liest Version {known}. Exportieren Sie das Modell neu, oder nehmen Sie die Programmversion, die es geschrieben hat</translation>
    </message>
    <message>
        <source>no gradient flows from the logits &apos;{logits}&apos; to the layer &apos;{layer}&apos;</source>
        <translation>kein Gradient fließt von den Logits »{logits}« zur Schicht »{layer}«</translation>
    </message>
    <message>
        <source>the asset &apos;{name}&apos; is missing: looked in {places}. Install Whylight again</source>
        <translation>die Beigabe »{name}« fehlt: gesucht in {places}. Installieren Sie Whylight neu</translation>
    </message>
    <message>
        <source>{path}: the report cannot be written: {reason}</source>
        <translation>{path}: der Bericht kann nicht geschrieben werden: {reason}</translation>
    </message>
    <message>
        <source>{wanted} was asked for, but did not start: {reason}</source>
        <translation>{wanted} war gewünscht, startete aber nicht: {reason}</translation>
    </message>
    <message>
        <source>no device that it can use was found</source>
        <translation>es fand sich kein Gerät, das es nutzen kann</translation>
    </message>
</context>
<context>
    <name>FaithfulnessView</name>
    <message>
        <source>Measure this map</source>
        <translation>Diese Karte messen</translation>
    </message>
    <message>
        <source>Take the image away and put it back, strongest evidence first (D)</source>
        <translation>Das Bild wegnehmen und zurückgeben, das Stärkste zuerst (D)</translation>
    </message>
    <message>
        <source>Areas under the curves</source>
        <translation>Flächen unter den Kurven</translation>
    </message>
    <message>
        <source>A true map makes the probability fall early (deletion) and rise early (insertion).</source>
        <translation>Eine wahre Karte lässt die Wahrscheinlichkeit früh fallen (Löschen) und früh steigen (Einfügen).</translation>
    </message>
    <message>
        <source>Deletion {own}, random map {random} (less is truer)</source>
        <translation>Löschen {own}, Zufallskarte {random} (weniger ist wahrer)</translation>
    </message>
    <message>
        <source>Insertion {own}, random map {random} (more is truer)</source>
        <translation>Einfügen {own}, Zufallskarte {random} (mehr ist wahrer)</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>Wird gemessen…</translation>
    </message>
</context>
<context>
    <name>FileController</name>
    <message>
        <source>There are no files, folders or images to paste.</source>
        <translation>Es gibt keine Dateien, Ordner oder Bilder zum Einfügen.</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Filter the images by folder and file name</source>
        <translation>Bilder nach Ordner und Dateiname filtern</translation>
    </message>
    <message>
        <source>Show only images of this predicted class</source>
        <translation>Nur Bilder dieser vorhergesagten Klasse zeigen</translation>
    </message>
    <message>
        <source>All classes</source>
        <translation>Alle Klassen</translation>
    </message>
    <message>
        <source>Sort the images</source>
        <translation>Bilder sortieren</translation>
    </message>
    <message>
        <source>By folder</source>
        <translation>Nach Ordner</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>Nach Name</translation>
    </message>
    <message>
        <source>By class</source>
        <translation>Nach Klasse</translation>
    </message>
    <message>
        <source>Surest first</source>
        <translation>Sicherste zuerst</translation>
    </message>
    <message>
        <source>Unsurest first</source>
        <translation>Unsicherste zuerst</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Mistakes only</source>
        <translation>Nur Fehler</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>Confusion table (T)</source>
        <translation>Verwechslungstabelle (T)</translation>
    </message>
    <message>
        <source>Show all images again</source>
        <translation>Wieder alle Bilder zeigen</translation>
    </message>
    <message>
        <source>{label}, taken for {predicted}  ✕</source>
        <translation>{label}, gehalten für {predicted}  ✕</translation>
    </message>
    <message>
        <source>{share} % of {total} right</source>
        <translation>{share} % von {total} richtig</translation>
    </message>
</context>
<context>
    <name>GalleryController</name>
    <message>
        <source>Nothing that was opened is an image. Drop images or a folder here, or open one.</source>
        <translation>Nichts vom Geöffneten ist ein Bild. Ziehen Sie Bilder oder einen Ordner hierher, oder öffnen Sie einen.</translation>
    </message>
    <message>
        <source>Sub-folders are left out (S).</source>
        <translation>Unterordner sind ausgelassen (S).</translation>
    </message>
    <message>
        <source>No images</source>
        <translation>Keine Bilder</translation>
    </message>
</context>
<context>
    <name>GalleryPanel</name>
    <message>
        <source>Predicted</source>
        <translation>Vorhergesagt</translation>
    </message>
</context>
<context>
    <name>LayerBox</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>The layer that is explained (L)</source>
        <translation>Die Schicht, die erklärt wird (L)</translation>
    </message>
    <message>
        <source>{name}: {channels} channels</source>
        <translation>{name}: {channels} Kanäle</translation>
    </message>
    <message>
        <source>A branch: what takes other ways is not seen</source>
        <translation>Ein Zweig: was andere Wege nimmt, ist nicht zu sehen</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Opening…</source>
        <translation>Wird geöffnet…</translation>
    </message>
    <message>
        <source>About the model, and about the map</source>
        <translation>Über das Modell und über die Karte</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>How true?</source>
        <translation>Wie wahr?</translation>
    </message>
    <message>
        <source>{name} – Whylight</source>
        <translation>{name} – Whylight</translation>
    </message>
</context>
<context>
    <name>MessageBar</name>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>Meldung schließen</translation>
    </message>
</context>
<context>
    <name>ModelController</name>
    <message>
        <source>No model is open: images are shown without explanation. Open a model (Ctrl+M).</source>
        <translation>Kein Modell ist offen: Bilder werden ohne Erklärung gezeigt. Öffnen Sie ein Modell (Strg+M).</translation>
    </message>
    <message>
        <source>{name} stays open.</source>
        <translation>{name} bleibt offen.</translation>
    </message>
</context>
<context>
    <name>Numbers</name>
    <message>
        <source>,</source>
        <comment>between thousands and hundreds, as in 1,000</comment>
        <translation>.</translation>
    </message>
    <message>
        <source>.</source>
        <comment>before the decimals, as in 0.5</comment>
        <translation>,</translation>
    </message>
</context>
<context>
    <name>OutputController</name>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>Saved: {path}</source>
        <translation>Gespeichert: {path}</translation>
    </message>
    <message>
        <source>finding the strongest evidence (1 of 2)</source>
        <translation>stärkster Beleg wird gesucht (1 von 2)</translation>
    </message>
    <message>
        <source>drawing (2 of 2)</source>
        <translation>wird gezeichnet (2 von 2)</translation>
    </message>
    <message>
        <source>The report is written: {path}</source>
        <translation>Der Bericht ist geschrieben: {path}</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
</context>
<context>
    <name>PanelsView</name>
    <message>
        <source>nothing speaks for {question}</source>
        <translation>nichts spricht für {question}</translation>
    </message>
    <message>
        <source>evidence for {question}</source>
        <translation>spricht für {question}</translation>
    </message>
    <message>
        <source>own scale: this method has no absolute one</source>
        <translation>eigene Skala: dieses Verfahren hat keine absolute</translation>
    </message>
    <message>
        <source>this map&apos;s own scale</source>
        <translation>eigener Maßstab dieser Karte</translation>
    </message>
    <message>
        <source>one scale for the likely classes</source>
        <translation>ein Maßstab für die wahrscheinlichen Klassen</translation>
    </message>
    <message>
        <source>one scale for the folder so far</source>
        <translation>ein Maßstab für den Ordner bisher</translation>
    </message>
    <message>
        <source>absolute scale, in logits</source>
        <translation>absolute Skala, in Logits</translation>
    </message>
    <message>
        <source>Image, heatmap and overlay</source>
        <translation>Bild, Wärmebild und Überlagerung</translation>
    </message>
    <message>
        <source>Heatmap</source>
        <translation>Wärmebild</translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation>Überlagerung</translation>
    </message>
    <message>
        <source>Image: drag, or arrows and Space, to cover; B ends</source>
        <translation>Bild: abdecken mit Ziehen oder Pfeilen und Leertaste; B beendet</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
</context>
<context>
    <name>PastedImages</name>
    <message>
        <source>Pasted</source>
        <translation>Eingefügt</translation>
    </message>
    <message>
        <source>Pasted image {number}</source>
        <translation>Eingefügtes Bild {number}</translation>
    </message>
</context>
<context>
    <name>ProgressRow</name>
    <message>
        <source>Stop: {what}</source>
        <translation>Anhalten: {what}</translation>
    </message>
    <message>
        <source>{what}: {done} of {total}</source>
        <translation>{what}: {done} von {total}</translation>
    </message>
</context>
<context>
    <name>Question</name>
    <message>
        <source>anything but {name}</source>
        <translation>alles außer {name}</translation>
    </message>
    <message>
        <source>{name} rather than {other}</source>
        <translation>{name} eher als {other}</translation>
    </message>
    <message>
        <source>What speaks against {name}?</source>
        <translation>Was spricht gegen {name}?</translation>
    </message>
    <message>
        <source>Why {subject}?</source>
        <translation>Warum {subject}?</translation>
    </message>
</context>
<context>
    <name>QuestionBar</name>
    <message>
        <source>Question</source>
        <translation>Frage</translation>
    </message>
    <message>
        <source>Why?</source>
        <translation>Warum?</translation>
    </message>
    <message>
        <source>What speaks for the class (W)</source>
        <translation>Was für die Klasse spricht (W)</translation>
    </message>
    <message>
        <source>Against?</source>
        <translation>Dagegen?</translation>
    </message>
    <message>
        <source>What speaks against the class (A)</source>
        <translation>Was gegen die Klasse spricht (A)</translation>
    </message>
    <message>
        <source>Rather than:</source>
        <translation>Eher als:</translation>
    </message>
    <message>
        <source>Why the class rather than this one (R)</source>
        <translation>Warum die Klasse eher als diese (R)</translation>
    </message>
    <message>
        <source>The class held against the first</source>
        <translation>Die Klasse, die der ersten entgegensteht</translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Folders</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Forget these</source>
        <translation>Diese vergessen</translation>
    </message>
</context>
<context>
    <name>SecondModel</name>
    <message>
        <source>{name} is somebody else&apos;s model: open it as the first model once, which prepares it.</source>
        <translation>{name} ist ein fremdes Modell: Öffnen Sie es einmal als erstes Modell, das bereitet es vor.</translation>
    </message>
    <message>
        <source>{model}: {predicted}, {per_cent}</source>
        <translation>{model}: {predicted}, {per_cent}</translation>
    </message>
</context>
<context>
    <name>SecondViewer</name>
    <message>
        <source>Image, heatmap and overlay of the second model</source>
        <translation>Bild, Wärmebild und Überlagerung des zweiten Modells</translation>
    </message>
</context>
<context>
    <name>ShortcutsOverlay</name>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation>Pfeile</translation>
    </message>
    <message>
        <source>Through the images</source>
        <translation>Durch die Bilder</translation>
    </message>
    <message>
        <source>Space, backspace</source>
        <translation>Leertaste, Rücktaste</translation>
    </message>
    <message>
        <source>Next image, previous image</source>
        <translation>Nächstes Bild, voriges Bild</translation>
    </message>
    <message>
        <source>Home, end</source>
        <translation>Pos1, Ende</translation>
    </message>
    <message>
        <source>First image, last image</source>
        <translation>Erstes Bild, letztes Bild</translation>
    </message>
    <message>
        <source>Shift + arrows</source>
        <translation>Umschalt + Pfeile</translation>
    </message>
    <message>
        <source>Mark a spot of the image</source>
        <translation>Eine Stelle des Bildes markieren</translation>
    </message>
    <message>
        <source>Ctrl + arrows</source>
        <translation>Strg + Pfeile</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Leertaste</translation>
    </message>
    <message>
        <source>Cover the marked spot, with the brush</source>
        <translation>Mit dem Pinsel die markierte Stelle abdecken</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>Rad</translation>
    </message>
    <message>
        <source>Zoom at the cursor</source>
        <translation>Am Zeiger vergrößern</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>Ziehen</translation>
    </message>
    <message>
        <source>Move the image</source>
        <translation>Bild verschieben</translation>
    </message>
    <message>
        <source>Double click</source>
        <translation>Doppelklick</translation>
    </message>
    <message>
        <source>Fit the image</source>
        <translation>Bild einpassen</translation>
    </message>
</context>
<context>
    <name>StartupModel</name>
    <message>
        <source>Whylight starts with {name} from now on.</source>
        <translation>Whylight beginnt von nun an mit {name}.</translation>
    </message>
    <message>
        <source>The choice of {name} cannot be remembered: {file} cannot be written.</source>
        <translation>Die Wahl von {name} lässt sich nicht merken: {file} kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>{name} is open instead.</source>
        <translation>Stattdessen ist {name} offen.</translation>
    </message>
</context>
<context>
    <name>StatusBar</name>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Image size</source>
        <translation>Bildgröße</translation>
    </message>
    <message>
        <source>Class folder</source>
        <translation>Klassenordner</translation>
    </message>
    <message>
        <source>Device and time</source>
        <translation>Gerät und Zeit</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>Stelle</translation>
    </message>
    <message>
        <source>right</source>
        <translation>richtig</translation>
    </message>
    <message>
        <source>wrong</source>
        <translation>falsch</translation>
    </message>
    <message>
        <source>class folder: {name} ({verdict})</source>
        <translation>Klassenordner: {name} ({verdict})</translation>
    </message>
    <message>
        <source>{device} in place of a GPU</source>
        <translation>{device} statt einer GPU</translation>
    </message>
    <message>
        <source>No GPU is used: this ONNX Runtime is built for the CPU alone.</source>
        <translation>Keine GPU in Gebrauch: diese ONNX Runtime ist nur für die CPU gebaut.</translation>
    </message>
    <message>
        <source>{device}, {forward} ms + {gradient} ms</source>
        <translation>{device}, {forward} ms + {gradient} ms</translation>
    </message>
    <message>
        <source>Forward graph + gradient graph</source>
        <translation>Vorwärtsgraph + Gradientengraph</translation>
    </message>
    <message>
        <source>1 image</source>
        <translation>1 Bild</translation>
    </message>
    <message>
        <source>{count} images</source>
        <translation>{count} Bilder</translation>
    </message>
    <message>
        <source>{row} of {count}</source>
        <translation>{row} von {count}</translation>
    </message>
</context>
<context>
    <name>ThumbnailView</name>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
</context>
<context>
    <name>ToolBar</name>
    <message>
        <source>Toolbar</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>The method that makes the map (M)</source>
        <translation>Das Verfahren, das die Karte macht (M)</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>Maßstab</translation>
    </message>
    <message>
        <source>What the strongest colour stands for</source>
        <translation>Wofür die stärkste Farbe steht</translation>
    </message>
    <message>
        <source>Own scale</source>
        <translation>Eigener Maßstab</translation>
    </message>
    <message>
        <source>Classes&apos; scale</source>
        <translation>Klassenmaßstab</translation>
    </message>
    <message>
        <source>Folder&apos;s scale</source>
        <translation>Ordnermaßstab</translation>
    </message>
    <message>
        <source>Absolute scale</source>
        <translation>Absolute Skala</translation>
    </message>
    <message>
        <source>Colours of the heatmap</source>
        <translation>Farben des Wärmebilds</translation>
    </message>
    <message>
        <source>Colour map</source>
        <translation>Farbskala</translation>
    </message>
    <message>
        <source>Opacity of the heatmap in the overlay</source>
        <translation>Deckkraft des Wärmebilds in der Überlagerung</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
</context>
<context>
    <name>Trouble</name>
    <message>
        <source>Unexpected error: {kind}: {text}</source>
        <translation>Unerwarteter Fehler: {kind}: {text}</translation>
    </message>
</context>
<context>
    <name>ViewerController</name>
    <message>
        <source>{name} cannot be read</source>
        <translation>{name} kann nicht gelesen werden</translation>
    </message>
</context>
</TS>
