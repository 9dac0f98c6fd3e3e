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
        <source>Shows why a vision model said what it said: offline, on your own machine.</source>
        <translation>Zeigt, warum ein Bildmodell gesagt hat, was es gesagt hat: offline, auf Ihrem eigenen Rechner.</translation>
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
        <source>Settings and models are in</source>
        <translation>Einstellungen und Modelle liegen in</translation>
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
        <source>Include sub-folders</source>
        <translation>Unterordner einbeziehen</translation>
    </message>
    <message>
        <source>Open model…</source>
        <translation>Modell öffnen…</translation>
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
        <source>General: 1,000 everyday things</source>
        <translation>General: 1.000 Dinge des Alltags</translation>
    </message>
    <message>
        <source>Open the model General</source>
        <translation>Das Modell General öffnen</translation>
    </message>
    <message>
        <source>Caltech: 102 kinds of objects</source>
        <translation>Caltech: 102 Arten von Gegenständen</translation>
    </message>
    <message>
        <source>Open the model Caltech</source>
        <translation>Das Modell Caltech öffnen</translation>
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
        <source>Mark: right</source>
        <translation>Markieren: richtig</translation>
    </message>
    <message>
        <source>Mark: wrong label</source>
        <translation>Markieren: falsche Klasse</translation>
    </message>
    <message>
        <source>Mark: interesting</source>
        <translation>Markieren: interessant</translation>
    </message>
    <message>
        <source>Save the marks as a table…</source>
        <translation>Markierungen als Tabelle sichern …</translation>
    </message>
    <message>
        <source>Copy marked images to folders…</source>
        <translation>Markierte Bilder in Ordner kopieren …</translation>
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
        <source>Image only, or all panels</source>
        <translation>Nur das Bild oder alle Tafeln</translation>
    </message>
    <message>
        <source>Heatmap</source>
        <translation>Wärmebild</translation>
    </message>
    <message>
        <source>Heatmap only, or all panels</source>
        <translation>Nur das Wärmebild oder alle Tafeln</translation>
    </message>
    <message>
        <source>Overlay</source>
        <translation>Überlagerung</translation>
    </message>
    <message>
        <source>Overlay only, or all panels</source>
        <translation>Nur die Überlagerung oder alle Tafeln</translation>
    </message>
    <message>
        <source>Two</source>
        <translation>Zwei</translation>
    </message>
    <message>
        <source>Image and overlay, or all panels</source>
        <translation>Bild und Überlagerung, oder alle Ansichten</translation>
    </message>
    <message>
        <source>Fit the image</source>
        <translation>Bild einpassen</translation>
    </message>
    <message>
        <source>Compare with a second model, or close it…</source>
        <translation>Mit einem zweiten Modell vergleichen oder es schließen …</translation>
    </message>
    <message>
        <source>Open this model at start</source>
        <translation>Dieses Modell beim Start öffnen</translation>
    </message>
    <message>
        <source>Compare with this image</source>
        <translation>Mit diesem Bild vergleichen</translation>
    </message>
    <message>
        <source>Report (selected images, or all shown)…</source>
        <translation>Bericht (ausgewählte oder alle gezeigten Bilder) …</translation>
    </message>
    <message>
        <source>Actual size (100 %)</source>
        <translation>Originalgröße (100 %)</translation>
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
        <source>Pause the predictions, or go on</source>
        <translation>Vorhersagen anhalten oder fortsetzen</translation>
    </message>
    <message>
        <source>Recommended method and layer</source>
        <translation>Empfohlene Methode und Schicht</translation>
    </message>
    <message>
        <source>Compare methods</source>
        <translation>Methoden vergleichen</translation>
    </message>
    <message>
        <source>All methods side by side</source>
        <translation>Alle Methoden nebeneinander</translation>
    </message>
    <message>
        <source>Can I trust this map? Test it</source>
        <translation>Kann ich dieser Karte trauen? Prüfen</translation>
    </message>
    <message>
        <source>What if this part were hidden? (brush)</source>
        <translation>Und wenn dieser Teil verdeckt wäre? (Pinsel)</translation>
    </message>
    <message>
        <source>Uncover the last stroke</source>
        <translation>Letzten Strich aufdecken</translation>
    </message>
    <message>
        <source>Full screen: the panels alone</source>
        <translation>Vollbild: nur die Ansichten</translation>
    </message>
    <message>
        <source>Colours: as the system, light, dark</source>
        <translation>Farben: wie das System, hell, dunkel</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Close the window</source>
        <translation>Fenster schließen</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Manual</source>
        <translation>Handbuch</translation>
    </message>
    <message>
        <source>About Whylight, licences</source>
        <translation>Über Whylight, Lizenzen</translation>
    </message>
    <message>
        <source>The wheel goes to the next image, or zooms</source>
        <translation>Das Mausrad blättert oder vergrößert</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Go through the images</source>
        <translation>Durch die Bilder gehen</translation>
    </message>
    <message>
        <source>Mark and hand on</source>
        <translation>Markieren und weitergeben</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>The map</source>
        <translation>Die Karte</translation>
    </message>
    <message>
        <source>Panels</source>
        <translation>Ansichten</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
</context>
<context>
    <name>AdoptController</name>
    <message>
        <source>Being prepared: {step}…</source>
        <translation>Wird vorbereitet: {step} …</translation>
    </message>
    <message>
        <source>{name} has to be set up again the next time: the prepared model could not be saved in {folder}.</source>
        <translation>{name} muss beim nächsten Mal wieder eingerichtet werden: Das vorbereitete Modell konnte nicht in {folder} gesichert werden.</translation>
    </message>
</context>
<context>
    <name>AdoptForm</name>
    <message>
        <source>Height</source>
        <translation>Höhe</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>Breite</translation>
    </message>
    <message>
        <source>Scores</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>The output with the scores; a tensor inside, or a part as in output[0:7], can be typed.</source>
        <translation>Die Ausgabe mit den Werten der Klassen; ein innerer Tensor oder ein Teil wie output[0:7] kann eingegeben werden.</translation>
    </message>
    <message>
        <source>Kind of answers</source>
        <translation>Art der Antworten</translation>
    </message>
    <message>
        <source>without gradients (occlusion and RISE alone, slower)</source>
        <translation>ohne Gradienten (nur Occlusion und RISE, langsamer)</translation>
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
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Looking at {name}…</source>
        <translation>{name} wird angesehen …</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>{name} is a detector: 1 class, {geometry} {size}.</source>
        <translation>{name} ist ein Detektor: 1 Klasse, {geometry} {size}.</translation>
    </message>
    <message>
        <source>{name} is a detector: {count} classes, {geometry} {size}.</source>
        <translation>{name} ist ein Detektor: {count} Klassen, {geometry} {size}.</translation>
    </message>
    <message>
        <source>{name} takes images of {width} × {height} and knows {count} classes.</source>
        <translation>{name} nimmt Bilder von {width} × {height} und kennt {count} Klassen.</translation>
    </message>
    <message>
        <source>The file does not say how pixel values must be prepared. Choose the setting with which the answer below is right for this image.</source>
        <translation>Die Datei sagt nicht, wie Pixelwerte vorbereitet werden müssen. Wählen Sie die Einstellung, mit der die Antwort unten für dieses Bild stimmt.</translation>
    </message>
    <message>
        <source>How pixel values must be prepared is written in the file or beside it: see whether the answer below is right for this image.</source>
        <translation>Wie Pixelwerte vorbereitet werden müssen, steht in der Datei oder daneben: Sehen Sie, ob die Antwort unten für dieses Bild stimmt.</translation>
    </message>
    <message>
        <source>It will be explained by occlusion and RISE, which need no gradients.</source>
        <translation>Es wird mit Occlusion und RISE erklärt, die keine Gradienten brauchen.</translation>
    </message>
    <message>
        <source>Why: {reason}.</source>
        <translation>Grund: {reason}.</translation>
    </message>
    <message>
        <source>an embedding, for likeness</source>
        <translation>ein Vektor, für Ähnlichkeit</translation>
    </message>
    <message>
        <source>No names in the file: numbers</source>
        <translation>Keine Namen in der Datei: Nummern</translation>
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
        <source>Set up this model</source>
        <translation>Dieses Modell einrichten</translation>
    </message>
    <message>
        <source>Name of the model</source>
        <translation>Name des Modells</translation>
    </message>
    <message>
        <source>More options</source>
        <translation>Weitere Optionen</translation>
    </message>
    <message>
        <source>The model is being prepared</source>
        <translation>Das Modell wird vorbereitet</translation>
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
        <source>With this setting it answers</source>
        <translation>Damit antwortet es</translation>
    </message>
    <message>
        <source>Height × width</source>
        <translation>Höhe × Breite</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>{layer} (proposed)</source>
        <translation>{layer} (vorgeschlagen)</translation>
    </message>
    <message>
        <source>{name}: {missing}. Enter it here.</source>
        <translation>{name}: {missing}. Geben Sie es hier ein.</translation>
    </message>
    <message>
        <source>{name} reads lines of text: {count} signs, {geometry} {size}.</source>
        <translation>{name} liest Textzeilen: {count} Zeichen, {geometry} {size}.</translation>
    </message>
    <message>
        <source>{name} is a segmenter: {count} classes, {geometry} {size}.</source>
        <translation>{name} ist ein Segmentierer: {count} Klassen, {geometry} {size}.</translation>
    </message>
    <message>
        <source>{name} makes embeddings: {count} numbers, {geometry} {size}.</source>
        <translation>{name} erzeugt Vektoren für Ähnlichkeit: {count} Zahlen, {geometry} {size}.</translation>
    </message>
    <message>
        <source>found out</source>
        <translation>wird herausgefunden</translation>
    </message>
    <message>
        <source>kind of answers found out</source>
        <translation>Art der Antworten wird herausgefunden</translation>
    </message>
    <message>
        <source>one of the classes</source>
        <translation>eine der Klassen</translation>
    </message>
    <message>
        <source>several labels</source>
        <translation>mehrere Merkmale</translation>
    </message>
    <message>
        <source>two classes by one score</source>
        <translation>zwei Klassen mit einem Wert</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>From a file…</source>
        <translation>Aus einer Datei …</translation>
    </message>
    <message>
        <source>Being prepared…</source>
        <translation>Wird vorbereitet…</translation>
    </message>
</context>
<context>
    <name>Adoption</name>
    <message>
        <source>nothing found ({name} {answer} % at most)</source>
        <translation>nichts gefunden (höchstens {name} {answer} %)</translation>
    </message>
    <message>
        <source>no letter was read</source>
        <translation>kein Zeichen gelesen</translation>
    </message>
    <message>
        <source>nothing found</source>
        <translation>nichts gefunden</translation>
    </message>
</context>
<context>
    <name>AnswerBar</name>
    <message>
        <source>Use the recommended map</source>
        <translation>Empfohlene Karte zeigen</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>{method}: {done} of {total} passes, the map is not complete.</source>
        <translation>{method}: {done} von {total} Durchläufen, die Karte ist nicht fertig.</translation>
    </message>
    <message>
        <source>{method} finds no {evidence} at this layer.</source>
        <translation>{method} findet in dieser Schicht nichts davon, {evidence}.</translation>
    </message>
    <message>
        <source>That does not prove that there is nothing.</source>
        <translation>Das beweist nicht, dass es nichts gibt.</translation>
    </message>
    <message>
        <source>{method} shows what the network reacts to, whatever the class: {place}.</source>
        <translation>{method} zeigt, worauf das Netz reagiert, gleich welche Klasse: {place}.</translation>
    </message>
    <message>
        <source>cosine {value}</source>
        <translation>Kosinus {value}</translation>
    </message>
    <message>
        <source>Alike {name}, {answer}</source>
        <translation>Ähnlich wie {name}, {answer}</translation>
    </message>
    <message>
        <source>Unlike {name}, {answer}</source>
        <translation>Anders als {name}, {answer}</translation>
    </message>
    <message>
        <source>Alike {name} ({answer}) rather than {other} ({other_answer})</source>
        <translation>Eher ähnlich wie {name} ({answer}) als wie {other} ({other_answer})</translation>
    </message>
    <message>
        <source>What lowers {name} ({answer})</source>
        <translation>Was {name} ({answer}) senkt</translation>
    </message>
    <message>
        <source>, the box {where}</source>
        <translation>, der Rahmen {where}</translation>
    </message>
    <message>
        <source>, not read at the marked place</source>
        <translation>, an der markierten Stelle nicht gelesen</translation>
    </message>
    <message>
        <source>, sign {number} of the line</source>
        <translation>, Zeichen {number} der Zeile</translation>
    </message>
    <message>
        <source>, found nowhere: at the place where it scores highest</source>
        <translation>, nirgends gefunden: an der Stelle mit dem höchsten Wert</translation>
    </message>
    <message>
        <source>, not found in the marked region</source>
        <translation>, im markierten Gebiet nicht gefunden</translation>
    </message>
    <message>
        <source>, the marked region ({share} % of the image)</source>
        <translation>, das markierte Gebiet ({share} % des Bildes)</translation>
    </message>
    <message>
        <source>, all that was found of it ({share} % of the image)</source>
        <translation>, alles, was davon gefunden wurde ({share} % des Bildes)</translation>
    </message>
    <message>
        <source>: the evidence lies {place}.</source>
        <translation>: Die Belege liegen {place}.</translation>
    </message>
    <message>
        <source>Against {name} ({answer})</source>
        <translation>Gegen {name} ({answer})</translation>
    </message>
    <message>
        <source>The recommended method at the model&apos;s own layer (Shift+L)</source>
        <translation>Die empfohlene Methode an der eigenen Schicht des Modells (Umschalt+L)</translation>
    </message>
    <message>
        <source>: the model cannot tell the two apart. Nothing makes them more alike.</source>
        <translation>: Das Modell kann die beiden nicht unterscheiden. Ähnlicher können sie nicht werden.</translation>
    </message>
    <message>
        <source>{name} ({answer}) rather than {other} ({other_answer})</source>
        <translation>{name} ({answer}) eher als {other} ({other_answer})</translation>
    </message>
    <message>
        <source>{name}, {answer}</source>
        <translation>{name}, {answer}</translation>
    </message>
    <message>
        <source>, too little for a box to be found {where}</source>
        <translation>, zu wenig für einen Fund {where}</translation>
    </message>
    <message>
        <source>: hardly any evidence, less than 1 % of what {colour} stands for, {place}.</source>
        <translation>: kaum Belege, weniger als 1 % dessen, wofür {colour} steht, {place}.</translation>
    </message>
    <message>
        <source>: weak evidence, at most {share} % of what {colour} stands for, {place}.</source>
        <translation>: schwache Belege, höchstens {share} % dessen, wofür {colour} steht, {place}.</translation>
    </message>
</context>
<context>
    <name>App</name>
    <message>
        <source>Whylight crashed last time. Details: {path}</source>
        <translation>Whylight ist beim letzten Mal abgestürzt. Einzelheiten: {path}</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
</context>
<context>
    <name>AppDirs</name>
    <message>
        <source>Data cannot be stored next to the program ({folder}: {reason}). The usual folder of this system is used instead: {instead}</source>
        <translation>Neben dem Programm lassen sich keine Daten speichern ({folder}: {reason}). Stattdessen dient der übliche Ordner dieses Systems: {instead}</translation>
    </message>
</context>
<context>
    <name>BoxList</name>
    <message>
        <source>{box}, from {left}, {top} to {right}, {bottom} pixels</source>
        <translation>{box}, von {left}, {top} bis {right}, {bottom} Pixel</translation>
    </message>
</context>
<context>
    <name>BoxPanel</name>
    <message>
        <source>Boxes found, the highest score first</source>
        <translation>Gefundene Rahmen, der mit der höchsten Bewertung zuerst</translation>
    </message>
    <message>
        <source>Found: {boxes}</source>
        <translation>Gefunden: {boxes}</translation>
    </message>
    <message>
        <source>Nothing was found: no box scores {least} % or more.</source>
        <translation>Nichts gefunden: Kein Rahmen erreicht {least} %.</translation>
    </message>
</context>
<context>
    <name>CardView</name>
    <message>
        <source>Model card</source>
        <translation>Steckbrief des Modells</translation>
    </message>
    <message>
        <source>Opening the model…</source>
        <translation>Das Modell wird geöffnet …</translation>
    </message>
    <message>
        <source>No model is open.</source>
        <translation>Kein Modell ist offen.</translation>
    </message>
    <message>
        <source>rank correlation with exact ones {mean} on average, {lowest} at the lowest</source>
        <translation>Rangkorrelation mit genauen {mean} im Mittel, {lowest} im schlechtesten Fall</translation>
    </message>
    <message>
        <source>Trained on</source>
        <translation>Trainiert mit</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>unbekannt</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
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
        <source>Maps</source>
        <translation>Karten</translation>
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
    <name>ClassNames</name>
    <message>
        <source>class {number}</source>
        <translation>Klasse {number}</translation>
    </message>
    <message>
        <source>value {number}</source>
        <translation>Wert {number}</translation>
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
    <message>
        <source>Search an answer</source>
        <translation>Antwort suchen</translation>
    </message>
</context>
<context>
    <name>ClassScores</name>
    <message>
        <source>Class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Class of the folder, or answer of the model</source>
        <translation>Klasse des Ordners oder Antwort des Modells</translation>
    </message>
    <message>
        <source>Images in folders of this class</source>
        <translation>Bilder in Ordnern dieser Klasse</translation>
    </message>
    <message>
        <source>Share of these images that the model recognises</source>
        <translation>Anteil dieser Bilder, die das Modell erkennt</translation>
    </message>
    <message>
        <source>Share of the model&apos;s answers of this class that are right</source>
        <translation>Anteil der Antworten dieser Klasse, die stimmen</translation>
    </message>
</context>
<context>
    <name>ClassScoresView</name>
    <message>
        <source>Recall and precision of each class</source>
        <translation>Trefferquote und Genauigkeit jeder Klasse</translation>
    </message>
</context>
<context>
    <name>Colours</name>
    <message>
        <source>red</source>
        <translation>rot</translation>
    </message>
    <message>
        <source>yellow</source>
        <translation>gelb</translation>
    </message>
    <message>
        <source>the last colour</source>
        <translation>die letzte Farbe</translation>
    </message>
</context>
<context>
    <name>CompareMethods</name>
    <message>
        <source>nothing found at this layer</source>
        <translation>an dieser Schicht nichts gefunden</translation>
    </message>
    <message>
        <source>the same for every class</source>
        <translation>für jede Klasse gleich</translation>
    </message>
</context>
<context>
    <name>CompareView</name>
    <message>
        <source>Compare methods</source>
        <translation>Methoden vergleichen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Do not wait for the slow methods</source>
        <translation>Nicht auf die langsamen Methoden warten</translation>
    </message>
    <message>
        <source>Back to one map</source>
        <translation>Zurück zu einer Karte</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>The same question, answered by each method. Click one to use it.</source>
        <translation>Dieselbe Frage, von jeder Methode beantwortet. Ein Klick nimmt eine davon.</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} von {total}</translation>
    </message>
    <message>
        <source>not possible here</source>
        <translation>hier nicht möglich</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
</context>
<context>
    <name>ConfusionTable</name>
    <message>
        <source>{count} of {label}, predicted as {predicted}</source>
        <translation>{count} aus {label}, vorhergesagt als {predicted}</translation>
    </message>
    <message>
        <source>{name}: right in {right} of {total} answers (precision {share} %)</source>
        <translation>{name}: in {right} von {total} Antworten richtig (Precision {share} %)</translation>
    </message>
    <message>
        <source>{name}: {right} of {total} images recognised (recall {share} %)</source>
        <translation>{name}: {right} von {total} Bildern erkannt (Recall {share} %)</translation>
    </message>
</context>
<context>
    <name>ConfusionView</name>
    <message>
        <source>Confusion table</source>
        <translation>Verwechslungstabelle</translation>
    </message>
    <message>
        <source>Most frequent confusions</source>
        <translation>Häufigste Verwechslungen</translation>
    </message>
    <message>
        <source>Rows: true class (folder). Columns: the model&apos;s answer. Click a number to see its images.</source>
        <translation>Zeilen: wahre Klasse (Ordner). Spalten: Antwort des Modells. Eine Zahl anklicken, um ihre Bilder zu sehen.</translation>
    </message>
    <message>
        <source>Confusions, or scores of each class</source>
        <translation>Verwechslungen oder Werte jeder Klasse</translation>
    </message>
    <message>
        <source>Confusions</source>
        <translation>Verwechslungen</translation>
    </message>
    <message>
        <source>Recall and precision</source>
        <translation>Trefferquote und Genauigkeit</translation>
    </message>
    <message>
        <source>{label} mistaken for {predicted} ({count})</source>
        <translation>{label} für {predicted} gehalten ({count})</translation>
    </message>
    <message>
        <source>Most frequent confusions…</source>
        <translation>Häufigste Verwechslungen …</translation>
    </message>
    <message>
        <source>No confusions so far</source>
        <translation>Bisher keine Verwechslungen</translation>
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
        <source>Images and videos ({suffixes})</source>
        <translation>Bilder und Videos ({suffixes})</translation>
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
        <source>Save the marks</source>
        <translation>Markierungen sichern</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>Tabellen (*.csv)</translation>
    </message>
    <message>
        <source>Copy marked images to this folder</source>
        <translation>Markierte Bilder in diesen Ordner kopieren</translation>
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
    <name>Errors</name>
    <message>
        <source>input &apos;{input}&apos; takes whole numbers, 0 to 255; the preprocessing for them is &apos;{preset}&apos;</source>
        <translation>der Eingang »{input}« nimmt ganze Zahlen von 0 bis 255; die Vorverarbeitung dafür ist »{preset}«</translation>
    </message>
    <message>
        <source>give mean and std together, three numbers each, and no preprocessing by name</source>
        <translation>geben Sie Mittelwert und Standardabweichung zusammen an, je drei Zahlen, und keine Vorverarbeitung mit Namen</translation>
    </message>
    <message>
        <source>{labels} labels were given; the model has {count} classes</source>
        <translation>{labels} Klassennamen wurden angegeben; das Modell hat {count} Klassen</translation>
    </message>
    <message>
        <source>the file fixes the batch to one image, and {operator} &apos;{node}&apos; cannot be rewritten for more: what it gives for two images is not what it gives for each. Export the model with a dynamic batch, and in evaluation mode: in training, norms are taken over it</source>
        <translation>die Datei legt den Stapel auf ein Bild fest, und {operator} »{node}« lässt sich nicht für mehrere umschreiben: das Ergebnis für zwei Bilder ist ein anderes als für jedes allein. Exportieren Sie das Modell mit dynamischem Stapel und im Auswertungsmodus; beim Training wird über den Stapel normiert</translation>
    </message>
    <message>
        <source>{operator} &apos;{node}&apos; does not run: {reason}</source>
        <translation>{operator} »{node}« läuft nicht: {reason}</translation>
    </message>
    <message>
        <source>the list &apos;{name}&apos;</source>
        <translation>die Liste &apos;{name}&apos;</translation>
    </message>
    <message>
        <source>{path}: the labels cannot be read: {reason}</source>
        <translation>{path}: die Klassennamen können nicht gelesen werden: {reason}</translation>
    </message>
    <message>
        <source>{path}: the labels are not valid JSON: {reason}</source>
        <translation>{path}: die Klassennamen sind kein gültiges JSON: {reason}</translation>
    </message>
    <message>
        <source>metadata &apos;{key}&apos;</source>
        <translation>Metadaten »{key}«</translation>
    </message>
    <message>
        <source>{what}: the keys are not the numbers 0 to {last}</source>
        <translation>{what}: die Schlüssel sind nicht die Zahlen 0 bis {last}</translation>
    </message>
    <message>
        <source>{what}: expected a list of names or an object of names by number</source>
        <translation>{what}: erwartet wird eine Liste von Namen oder ein Objekt mit Namen nach Nummern</translation>
    </message>
    <message>
        <source>{what}: {names} names; the model has {count} classes</source>
        <translation>{what}: {names} Namen; das Modell hat {count} Klassen</translation>
    </message>
    <message>
        <source>ONNX Runtime cannot run the model: {reason}</source>
        <translation>ONNX Runtime kann das Modell nicht ausführen: {reason}</translation>
    </message>
    <message>
        <source>node &apos;{node}&apos; is {domain}.{operator}, an operator of ONNX Runtime&apos;s own. Adopt the model as it was before it was optimised or quantised for it</source>
        <translation>der Knoten »{node}« ist {domain}.{operator}, ein eigener Operator von ONNX Runtime. Übernehmen Sie das Modell, wie es war, bevor es dafür optimiert oder quantisiert wurde</translation>
    </message>
    <message>
        <source>the model has no output &apos;{chosen}&apos;; it has {listed}</source>
        <translation>das Modell hat keinen Ausgang »{chosen}«; es hat {listed}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>no image input</source>
        <translation>keinen Bildeingang</translation>
    </message>
    <message>
        <source>{count} image inputs</source>
        <translation>{count} Bildeingänge</translation>
    </message>
    <message>
        <source>further inputs beside the image</source>
        <translation>neben dem Bild weitere Eingänge</translation>
    </message>
    <message>
        <source>input &apos;{input}&apos; has {channels} channels ({dims}); expected 3 (RGB) or 1 (grey)</source>
        <translation>der Eingang »{input}« hat {channels} Kanäle ({dims}); erwartet werden 3 (RGB) oder 1 (grau)</translation>
    </message>
    <message>
        <source>input &apos;{input}&apos; fixes its size to {height} x {width}, not {size}</source>
        <translation>der Eingang »{input}« legt seine Größe auf {height} x {width} fest, nicht auf {size}</translation>
    </message>
    <message>
        <source>input &apos;{name}&apos; {dims} may be [N, C, h, w] or [N, h, w, C]; export the model with its number of channels fixed to 3 or 1</source>
        <translation>der Eingang »{name}« {dims} kann [N, C, h, w] oder [N, h, w, C] sein; exportieren Sie das Modell mit fester Kanalzahl 3 oder 1</translation>
    </message>
    <message>
        <source>{path}: there is no model file</source>
        <translation>{path}: hier liegt keine Modelldatei</translation>
    </message>
    <message>
        <source>&apos;{path}&apos; holds no network: its graph has no nodes or no outputs</source>
        <translation>»{path}« enthält kein Netz: der Graph hat keine Knoten oder keine Ausgänge</translation>
    </message>
    <message>
        <source>the model uses ONNX operator set {version}; expected {oldest} to {newest}. Convert it with onnx.version_converter, or export it anew</source>
        <translation>das Modell benutzt den ONNX-Operatorsatz {version}; erwartet wird {oldest} bis {newest}. Wandeln Sie es mit onnx.version_converter um, oder exportieren Sie es neu</translation>
    </message>
    <message>
        <source>node &apos;{node}&apos; is the custom operator {domain}.{operator}; expected ONNX&apos;s own operators. If ONNX Runtime wrote this file when it optimised a model, adopt that model</source>
        <translation>der Knoten »{node}« ist der fremde Operator {domain}.{operator}; erwartet werden Operatoren von ONNX selbst. Hat ONNX Runtime diese Datei beim Optimieren eines Modells geschrieben, übernehmen Sie jenes Modell</translation>
    </message>
    <message>
        <source>node &apos;{node}&apos; is {operator}: it computes in whole numbers whose scale changes with the image, which have no gradient. Adopt the model as it was before it was quantised</source>
        <translation>der Knoten »{node}« ist {operator}: er rechnet mit ganzen Zahlen, deren Skala vom Bild abhängt und die keinen Gradienten haben. Übernehmen Sie das Modell, wie es vor der Quantisierung war</translation>
    </message>
    <message>
        <source>node &apos;{node}&apos; is {operator}: control flow and sequences are not differentiated. Export the model with fixed control flow</source>
        <translation>der Knoten »{node}« ist {operator}: Kontrollfluss und Sequenzen werden nicht abgeleitet. Exportieren Sie das Modell mit festem Kontrollfluss</translation>
    </message>
    <message>
        <source>the model does not say which ONNX operator set it uses</source>
        <translation>das Modell gibt nicht an, welchen ONNX-Operatorsatz es benutzt</translation>
    </message>
    <message>
        <source>&apos;{name}&apos;: its weights lie outside its folder, in &apos;{location}&apos;; put them beside the model and save it with a relative path</source>
        <translation>»{name}«: die Gewichte liegen außerhalb des Ordners, in »{location}«; legen Sie sie neben das Modell, und speichern Sie es mit relativem Pfad</translation>
    </message>
    <message>
        <source>&apos;{name}&apos;: its weights are missing: there is no &apos;{location}&apos; beside it</source>
        <translation>»{name}«: die Gewichte fehlen: daneben liegt kein »{location}«</translation>
    </message>
    <message>
        <source>&apos;{name}&apos;: its weights are cut off: &apos;{location}&apos; ends early</source>
        <translation>»{name}«: die Gewichte sind abgeschnitten: »{location}« endet zu früh</translation>
    </message>
    <message>
        <source>BatchNormalization &apos;{node}&apos; keeps statistics for each place (spatial=0), which no newer operator set has; export the model anew</source>
        <translation>BatchNormalization »{node}« führt eine Statistik für jede Stelle (spatial=0), was kein neuerer Operatorsatz kennt; exportieren Sie das Modell neu</translation>
    </message>
    <message>
        <source>input &apos;{input}&apos; fixes the batch to {batch} images; export the model with a batch of one or of any size</source>
        <translation>der Eingang »{input}« legt den Stapel auf {batch} Bilder fest; exportieren Sie das Modell mit einem Stapel von eins oder beliebiger Größe</translation>
    </message>
    <message>
        <source>the model answers every image alike; was its last layer ever trained?</source>
        <translation>das Modell antwortet auf jedes Bild gleich; wurde seine letzte Schicht je trainiert?</translation>
    </message>
    <message>
        <source>ONNX Runtime cannot load the model: {reason}</source>
        <translation>ONNX Runtime kann das Modell nicht laden: {reason}</translation>
    </message>
    <message>
        <source>there is no preprocessing &apos;{name}&apos;; there are {listed}</source>
        <translation>es gibt keine Vorverarbeitung »{name}«; es gibt {listed}</translation>
    </message>
    <message>
        <source>keeps channels last, as ONNX Runtime&apos;s optimiser has it</source>
        <translation>hält die Kanäle zuletzt, wie es der Optimierer von ONNX Runtime tut</translation>
    </message>
    <message>
        <source>node &apos;{node}&apos; is {operator} and {reason}. Adopt the model as it was before it was quantised</source>
        <translation>der Knoten »{node}« ist {operator} und {reason}. Übernehmen Sie das Modell, wie es vor der Quantisierung war</translation>
    </message>
    <message>
        <source>lacks a scale</source>
        <translation>hat keine Skala</translation>
    </message>
    <message>
        <source>has {count} scales where one is expected</source>
        <translation>hat {count} Skalen, wo eine erwartet wird</translation>
    </message>
    <message>
        <source>lacks one scale for its result</source>
        <translation>hat keine einzelne Skala für sein Ergebnis</translation>
    </message>
    <message>
        <source>computes its scale &apos;{name}&apos;, which could change from image to image</source>
        <translation>berechnet seine Skala »{name}«, die sich von Bild zu Bild ändern könnte</translation>
    </message>
    <message>
        <source>has a scale for each part of &apos;{tensor}&apos;, which is computed</source>
        <translation>hat eine Skala für jeden Teil von »{tensor}«, der berechnet wird</translation>
    </message>
    <message>
        <source>is of an operator set before 13</source>
        <translation>gehört zu einem Operatorsatz vor 13</translation>
    </message>
    <message>
        <source>no layer lies behind it, so that none has gradients</source>
        <translation>keine Schicht liegt dahinter, sodass keine Gradienten hat</translation>
    </message>
    <message>
        <source>the gradient at layer &apos;{layer}&apos; is not finite for an image of noise</source>
        <translation>der Gradient an der Schicht »{layer}« ist für ein Bild aus Rauschen nicht endlich</translation>
    </message>
    <message>
        <source>the model&apos;s {name} are not finite for an image of noise</source>
        <translation>{name} des Modells sind für ein Bild aus Rauschen nicht endlich</translation>
    </message>
    <message>
        <source>ONNX Runtime cannot run the forward graph that was made: {reason}</source>
        <translation>ONNX Runtime kann den erzeugten Vorwärtsgraphen nicht ausführen: {reason}</translation>
    </message>
    <message>
        <source>&apos;{name}&apos;: ONNX Runtime cannot run it, to compare with it: {reason}</source>
        <translation>»{name}«: ONNX Runtime kann es zum Vergleich nicht ausführen: {reason}</translation>
    </message>
    <message>
        <source>the adopted network differs from the file by {difference:.2g} of the largest answer; nothing was written. Please report this model</source>
        <translation>das übernommene Netz weicht um {difference:.2g} der größten Antwort von der Datei ab; nichts wurde geschrieben. Bitte melden Sie dieses Modell</translation>
    </message>
    <message>
        <source>the tail takes tensor &apos;{name}&apos;, which nothing makes</source>
        <translation>der hintere Teil nimmt den Tensor »{name}«, den nichts erzeugt</translation>
    </message>
    <message>
        <source>input {index} is computed from the image; expected constants</source>
        <translation>der Eingang {index} wird aus dem Bild berechnet; erwartet werden Konstanten</translation>
    </message>
    <message>
        <source>the dimensions {dims} follow the batch size; expected fixed ones</source>
        <translation>die Dimensionen {dims} folgen der Stapelgröße; erwartet werden feste</translation>
    </message>
    <message>
        <source>the network has no tensor &apos;{name}&apos; that a node makes</source>
        <translation>das Netz hat keinen Tensor »{name}«, den ein Knoten erzeugt</translation>
    </message>
    <message>
        <source>the logits &apos;{logits}&apos; do not depend on the layer &apos;{target}&apos;</source>
        <translation>die Logits »{logits}« hängen nicht von der Schicht »{target}« ab</translation>
    </message>
    <message>
        <source>layer &apos;{target}&apos; has shape {shape}; expected the batch first</source>
        <translation>die Schicht »{target}« hat die Form {shape}; erwartet wird der Stapel zuerst</translation>
    </message>
    <message>
        <source>no gradient flows from the logits &apos;{logits}&apos; to the layer &apos;{target}&apos;</source>
        <translation>kein Gradient fließt von den Logits »{logits}« zur Schicht »{target}«</translation>
    </message>
    <message>
        <source>the score depends on another of its outputs than the first</source>
        <translation>der Wert hängt von einem anderen Ausgang ab als dem ersten</translation>
    </message>
    <message>
        <source>it is in training mode; export the model in evaluation mode</source>
        <translation>er ist im Trainingsmodus; exportieren Sie das Modell im Auswertungsmodus</translation>
    </message>
    <message>
        <source>its weights depend on the image; expected constants</source>
        <translation>seine Gewichte hängen vom Bild ab; erwartet werden Konstanten</translation>
    </message>
    <message>
        <source>its reduction is &apos;{reduction}&apos;; expected &apos;none&apos; or &apos;add&apos;</source>
        <translation>seine Reduktion ist »{reduction}«; erwartet wird »none« oder »add«</translation>
    </message>
    <message>
        <source>it picks images from the batch</source>
        <translation>er wählt Bilder aus dem Stapel</translation>
    </message>
    <message>
        <source>a product with a vector; expected matrices</source>
        <translation>ein Produkt mit einem Vektor; erwartet werden Matrizen</translation>
    </message>
    <message>
        <source>the equation &apos;{equation}&apos; has an ellipsis; expected letters alone</source>
        <translation>die Gleichung »{equation}« enthält Auslassungspunkte; erwartet werden nur Buchstaben</translation>
    </message>
    <message>
        <source>the diagonal &apos;{term}&apos;; expected different letters</source>
        <translation>die Diagonale »{term}«; erwartet werden verschiedene Buchstaben</translation>
    </message>
    <message>
        <source>its scale or variance is computed in the graph; expected constants</source>
        <translation>seine Skala oder Varianz wird im Graphen berechnet; erwartet werden Konstanten</translation>
    </message>
    <message>
        <source>its scale is computed in the graph; expected a constant</source>
        <translation>seine Skala wird im Graphen berechnet; erwartet wird eine Konstante</translation>
    </message>
    <message>
        <source>its scale is not one constant, nor one a channel</source>
        <translation>seine Skala ist weder eine Konstante noch eine je Kanal</translation>
    </message>
    <message>
        <source>input {index} is computed; expected constant weights</source>
        <translation>der Eingang {index} wird berechnet; erwartet werden konstante Gewichte</translation>
    </message>
    <message>
        <source>it has {attributes}; expected none</source>
        <translation>er hat {attributes}; erwartet wird nichts davon</translation>
    </message>
    <message>
        <source>its first state depends on the layer; expected constants</source>
        <translation>sein Anfangszustand hängt von der Schicht ab; erwartet werden Konstanten</translation>
    </message>
    <message>
        <source>it crops (tf_crop_and_resize); expected the whole image resized</source>
        <translation>er schneidet zu (tf_crop_and_resize); erwartet wird die Größenänderung des ganzen Bildes</translation>
    </message>
    <message>
        <source>its input has {rank} dimensions; expected [N, C, h, w]</source>
        <translation>sein Eingang hat {rank} Dimensionen; erwartet wird [N, C, h, w]</translation>
    </message>
    <message>
        <source>mode &apos;{mode}&apos; and padding &apos;{padding}&apos;; expected linear, zeros or border</source>
        <translation>Modus »{mode}« und Rand »{padding}«; erwartet wird linear, zeros oder border</translation>
    </message>
    <message>
        <source>it takes a part of the batch</source>
        <translation>er nimmt einen Teil des Stapels</translation>
    </message>
    <message>
        <source>the asset &apos;{name}&apos; is missing: looked in {places}. Install Whylight again</source>
        <translation>die Beigabe »{name}« fehlt: gesucht in {places}. Installieren Sie Whylight neu</translation>
    </message>
    <message>
        <source>there are several classes &apos;{target}&apos;: name one by its index ({indexes})</source>
        <translation>es gibt mehrere Klassen „{target}“: nennen Sie eine mit ihrer Nummer ({indexes})</translation>
    </message>
    <message>
        <source>expected the name or index of a class; got {target}</source>
        <translation>erwartet wird der Name oder die Nummer einer Klasse; gegeben: {target}</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; has no gradients, so no other layer can be explained</source>
        <translation>»{model}« hat keine Gradienten, daher lässt sich keine andere Schicht erklären</translation>
    </message>
    <message>
        <source>expected one or more explainers of the same model</source>
        <translation>erwartet werden ein oder mehrere Erklärer desselben Modells</translation>
    </message>
    <message>
        <source>expected the index of a score, 0 to {last}; got {index}</source>
        <translation>erwartet wird die Nummer einer Bewertung, 0 bis {last}; gegeben: {index}</translation>
    </message>
    <message>
        <source>ONNX Runtime has no provider &apos;{provider}&apos;; available are {known}</source>
        <translation>ONNX Runtime kennt keinen Provider »{provider}«; dieses hat {known}</translation>
    </message>
    <message>
        <source>no compatible device was found</source>
        <translation>es wurde kein passendes Gerät gefunden</translation>
    </message>
    <message>
        <source>rather_than and against cannot be combined</source>
        <translation>rather_than und against lassen sich nicht verbinden</translation>
    </message>
    <message>
        <source>class {index} cannot be contrasted with itself; choose two different classes</source>
        <translation>die Klasse {index} kann nicht mit sich selbst verglichen werden; wählen Sie zwei verschiedene Klassen</translation>
    </message>
    <message>
        <source>there is no class &apos;{target}&apos;; did you mean {names}?</source>
        <translation>es gibt keine Klasse „{target}“; meinten Sie {names}?</translation>
    </message>
    <message>
        <source>there is no file and no command &apos;{word}&apos;; did you mean &apos;{program} {near}&apos;?</source>
        <translation>es gibt weder eine Datei noch einen Befehl „{word}“; meinten Sie „{program} {near}“?</translation>
    </message>
    <message>
        <source>name the pair to write with --out NAME.onnx, or look at the model with --inspect</source>
        <translation>nennen Sie das Paar, das geschrieben werden soll, mit --out NAME.onnx, oder sehen Sie sich das Modell mit --inspect an</translation>
    </message>
    <message>
        <source>{name}: has no mask &apos;{mask}&apos;</source>
        <translation>{name}: hat keine Maske »{mask}«</translation>
    </message>
    <message>
        <source>{folder}: the tables cannot be written: {reason}</source>
        <translation>{folder}: die Tabellen können nicht geschrieben werden: {reason}</translation>
    </message>
    <message>
        <source>--rather takes two classes; &apos;{first}&apos; and &apos;{second}&apos; are the same one</source>
        <translation>--rather braucht zwei Klassen; „{first}“ und „{second}“ sind dieselbe</translation>
    </message>
    <message>
        <source>{count} maps of shapes {shapes} cannot be fused: expected at least one, and a size where theirs differ</source>
        <translation>{count} Karten der Formen {shapes} lassen sich nicht vereinen: erwartet wird mindestens eine, und eine Größe, wo ihre verschieden sind</translation>
    </message>
    <message>
        <source>the opacity is {opacity:g}; it must lie between 0 and 1</source>
        <translation>die Deckkraft ist {opacity:g}; sie muss zwischen 0 und 1 liegen</translation>
    </message>
    <message>
        <source>there is no colour map &apos;{colour_map}&apos;; known are {known}</source>
        <translation>es gibt keine Farbskala »{colour_map}«; bekannt sind {known}</translation>
    </message>
    <message>
        <source>there is no scale &apos;{scale}&apos;; there are {known}</source>
        <translation>es gibt keine Skala »{scale}«; es gibt {known}</translation>
    </message>
    <message>
        <source>{method} maps are not additive contributions to the score, so scale &apos;{scale}&apos; is not available; use &apos;{image}&apos; or &apos;{compared}&apos;, or one of the methods {methods}</source>
        <translation>Karten von {method} sind keine additiven Beiträge zum Wert, daher gibt es für sie die Skala »{scale}« nicht; nehmen Sie »{image}« oder »{compared}« oder eine der Methoden {methods}</translation>
    </message>
    <message>
        <source>the full scale is {full_scale:g} logits; it must be a number above 0</source>
        <translation>der Vollausschlag ist {full_scale:g} Logits; er muss eine Zahl über 0 sein</translation>
    </message>
    <message>
        <source>operator {operator} (node &apos;{node}&apos;) has no differentiation rule</source>
        <translation>der Operator {operator} (Knoten »{node}«) hat keine Ableitungsregel</translation>
    </message>
    <message>
        <source>operator {operator} (node &apos;{node}&apos;) has no differentiation rule: {reason}</source>
        <translation>der Operator {operator} (Knoten »{node}«) hat keine Ableitungsregel: {reason}</translation>
    </message>
    <message>
        <source>Explainer takes no option &apos;{option}&apos;; expected some of {known}</source>
        <translation>Explainer kennt die Option „{option}“ nicht; möglich sind {known}</translation>
    </message>
    <message>
        <source>the images are {dtype} {shape}; expected RGB uint8 [N, H, W, 3]</source>
        <translation>die Bilder sind {dtype} {shape}; erwartet wird RGB uint8 [N, H, W, 3]</translation>
    </message>
    <message>
        <source>score weights have shape {shape}; expected [M, {classes}], M &gt;= 1</source>
        <translation>die Wertgewichte haben die Form {shape}; erwartet wird [M, {classes}], M &gt;= 1</translation>
    </message>
    <message>
        <source>score weights must be finite numbers</source>
        <translation>Wertgewichte müssen endliche Zahlen sein</translation>
    </message>
    <message>
        <source>top is {top}; expected at least 1</source>
        <translation>top ist {top}; erwartet wird mindestens 1</translation>
    </message>
    <message>
        <source>no class to explain; expected at least one</source>
        <translation>keine Klasse zu erklären; erwartet wird mindestens eine</translation>
    </message>
    <message>
        <source>{path}: a cut-out needs an object and transparency around it</source>
        <translation>{path}: ein Ausschnitt braucht einen Gegenstand und Durchsichtiges darum</translation>
    </message>
    <message>
        <source>there is no replacement &apos;{replacement}&apos;; there are {known}</source>
        <translation>es gibt keinen Ersatz »{replacement}«; es gibt {known}</translation>
    </message>
    <message>
        <source>{path}: the mask has {shape} pixels (height, width), its image {size}</source>
        <translation>{path}: die Maske hat {shape} Pixel (Höhe, Breite), ihr Bild {size}</translation>
    </message>
    <message>
        <source>{path}: the mask has no light pixel, and so no object</source>
        <translation>{path}: die Maske hat kein helles Pixel und damit keinen Gegenstand</translation>
    </message>
    <message>
        <source>a mask of shape {shape} without object: expected [H, W], True on it</source>
        <translation>eine Maske der Form {shape} ohne Gegenstand: erwartet wird [H, W], darauf True</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; has no weights between image and logits</source>
        <translation>»{model}« hat keine Gewichte zwischen Bild und Logits</translation>
    </message>
    <message>
        <source>there is no class {index}: the model has classes 0 to {last}</source>
        <translation>es gibt keine Klasse {index}: das Modell hat die Klassen 0 bis {last}</translation>
    </message>
    <message>
        <source>there is no kind of answers &apos;{answers}&apos;; there are {known}</source>
        <translation>es gibt keine Art von Antworten „{answers}“; es gibt {known}</translation>
    </message>
    <message>
        <source>{refusal}{hint}</source>
        <translation>{refusal}{hint}</translation>
    </message>
    <message>
        <source>{first} and {count} more</source>
        <translation>{first} und {count} weitere</translation>
    </message>
    <message>
        <source>several outputs could be the scores ({listed}){hint}</source>
        <translation>mehrere Ausgaben könnten die Werte der Klassen sein ({listed}){hint}</translation>
    </message>
    <message>
        <source>output &apos;{output}&apos; holds the winning classes alone ({operator} &apos;{node}&apos;), without the scores that led to them{hint}</source>
        <translation>Die Ausgabe &apos;{output}&apos; enthält nur die Klassen, die gewonnen haben ({operator} &apos;{node}&apos;), ohne die Werte, die dazu führten{hint}</translation>
    </message>
    <message>
        <source>the model has {what} (inputs: {listed}); expected one input [N, C, h, w] or [N, h, w, C]{advice}</source>
        <translation>Das Modell hat {what} (Eingaben: {listed}); erwartet wird eine Eingabe [N, C, h, w] oder [N, h, w, C]{advice}</translation>
    </message>
    <message>
        <source>. Models of several inputs cannot be explained from an image alone; fix the others as constants</source>
        <translation>. Modelle mit mehreren Eingaben lassen sich nicht aus einem Bild allein erklären; die übrigen müssen Konstanten sein</translation>
    </message>
    <message>
        <source>input &apos;{input}&apos; has 4 channels ({dims}): RGB with transparency (RGBA) or one more; expected 3 (RGB) or 1 (grey). Export the model with its first three channels alone</source>
        <translation>Die Eingabe &apos;{input}&apos; hat 4 Kanäle ({dims}): RGB mit Transparenz (RGBA) oder einem weiteren; erwartet werden 3 (RGB) oder 1 (Grau). Exportieren Sie das Modell mit den ersten drei Kanälen allein</translation>
    </message>
    <message>
        <source>input &apos;{input}&apos; {dims} leaves its size open{hint}</source>
        <translation>Die Eingabe &apos;{input}&apos; {dims} lässt ihre Größe offen{hint}</translation>
    </message>
    <message>
        <source>input &apos;{input}&apos; {dims} takes rows of {count} numbers, which are no images of {height} x {width} pixels in grey or RGB</source>
        <translation>Die Eingabe &apos;{input}&apos; {dims} nimmt Zeilen von {count} Zahlen, die keine Bilder von {height} x {width} Pixeln in Grau oder RGB sind</translation>
    </message>
    <message>
        <source>input &apos;{input}&apos; {dims} takes flattened images, rows of {count} numbers, whose size the file does not say{hint}</source>
        <translation>Die Eingabe &apos;{input}&apos; {dims} nimmt Bilder als Zeilen von {count} Zahlen, deren Größe die Datei nicht nennt{hint}</translation>
    </message>
    <message>
        <source>an input for text, or numbers that stand for words, and no image input</source>
        <translation>eine Eingabe für Text oder für Zahlen, die für Wörter stehen, und keine für Bilder</translation>
    </message>
    <message>
        <source>an input for tables, a row of numbers each, and no image input</source>
        <translation>eine Eingabe für Tabellen, je eine Zeile von Zahlen, und keine für Bilder</translation>
    </message>
    <message>
        <source>an input for sequences, and no image input</source>
        <translation>eine Eingabe für Folgen und keine für Bilder</translation>
    </message>
    <message>
        <source>an input for videos or volumes, and no image input</source>
        <translation>eine Eingabe für Videos oder Volumen und keine für Bilder</translation>
    </message>
    <message>
        <source>an ONNX file does not say how images are to be scaled{hint}. There are {listed}</source>
        <translation>Eine ONNX-Datei sagt nicht, wie Bilder zu skalieren sind{hint}. Es gibt {listed}</translation>
    </message>
    <message>
        <source>choose a layer behind it{hint}, such as &apos;{layer}&apos;</source>
        <translation>wählen Sie eine Schicht dahinter{hint}, etwa &apos;{layer}&apos;</translation>
    </message>
    <message>
        <source>the scores do not change with the places of layer &apos;{layer}&apos; (behind the last attention only the class token counts); choose an earlier layer{hint}</source>
        <translation>Die Werte ändern sich nicht mit den Stellen der Schicht &apos;{layer}&apos; (hinter der letzten Attention zählt nur das Klassen-Token); wählen Sie eine frühere Schicht{hint}</translation>
    </message>
    <message>
        <source>there is no class &apos;{target}&apos;; the model&apos;s {count} classes are {few}</source>
        <translation>es gibt keine Klasse „{target}“; die {count} Klassen des Modells sind {few}</translation>
    </message>
    <message>
        <source>expected the name of a method; got a {type}</source>
        <translation>erwartet wird der Name eines Verfahrens; gegeben: {type}</translation>
    </message>
    <message>
        <source>rather_than and against require a target class</source>
        <translation>rather_than und against brauchen eine Klasse als target</translation>
    </message>
    <message>
        <source>top must be a number of classes, at least 1; got {top}</source>
        <translation>top muss eine Anzahl von Klassen sein, mindestens 1; gegeben: {top}</translation>
    </message>
    <message>
        <source>which place of the image each value of layer &apos;{layer}&apos; belongs to could not be told: what changes at a place of the image changes the layer elsewhere. Choose another layer, see --inspect</source>
        <translation>zu welcher Stelle des Bildes die einzelnen Werte der Schicht »{layer}« gehören, ließ sich nicht feststellen: Was sich an einer Stelle des Bildes ändert, ändert die Schicht anderswo. Wählen Sie eine andere Schicht, siehe --inspect</translation>
    </message>
    <message>
        <source>the gradient at layer &apos;{layer}&apos; differs from finite differences of the scores by {difference:.2g} of its length; nothing was written. Please report this model</source>
        <translation>der Gradient an der Schicht »{layer}« weicht von den finiten Differenzen der Scores um {difference:.2g} seiner Länge ab; es wurde nichts geschrieben. Bitte melden Sie dieses Modell</translation>
    </message>
    <message>
        <source>the gradients at layer &apos;{layer}&apos; of several scores asked at once differ from those asked one by one; nothing was written. Please report this model</source>
        <translation>die Gradienten mehrerer zugleich erfragter Scores an der Schicht »{layer}« weichen von den einzeln erfragten ab; es wurde nichts geschrieben. Bitte melden Sie dieses Modell</translation>
    </message>
    <message>
        <source>it reads rows of the batch by numbers of which it is unknown how they count the images</source>
        <translation>er liest Zeilen des Stapels anhand von Nummern, von denen unbekannt ist, wie sie die Bilder zählen</translation>
    </message>
    <message>
        <source>it is one-sided and inverse; expected one of them at most</source>
        <translation>er ist einseitig und invers; erwartet wird höchstens eines davon</translation>
    </message>
    <message>
        <source>its matrices are {side} x {side}; expected {most} at most</source>
        <translation>seine Matrizen sind {side} x {side}; erwartet werden höchstens {most}</translation>
    </message>
    <message>
        <source>its activations are {names}; expected Tanh or Relu</source>
        <translation>seine Aktivierungen sind {names}; erwartet wird Tanh oder Relu</translation>
    </message>
    <message>
        <source>the explainer of &apos;{model}&apos; has been closed; open the model again</source>
        <translation>das Modell „{model}“ wurde geschlossen; öffnen Sie es erneut</translation>
    </message>
    <message>
        <source>{path}: a cut-out needs 8 bits per channel and an alpha channel</source>
        <translation>{path}: ein Ausschnitt braucht 8 Bit je Kanal und einen Alphakanal</translation>
    </message>
    <message>
        <source>cannot measure a curve of class {index} in {steps} steps; expected class 0 to {last} and at least 1 step</source>
        <translation>verlangt wurde eine Kurve der Klasse {index} in {steps} Schritten; erwartet wird Klasse 0 bis {last} und mindestens 1 Schritt</translation>
    </message>
    <message>
        <source>percentiles {percentiles}: expected numbers above 0 and at most 100</source>
        <translation>Perzentile {percentiles}: erwartet werden Zahlen über 0 und höchstens 100</translation>
    </message>
    <message>
        <source>&apos;{output}&apos; depends on &apos;{name}&apos; by a way around {known}</source>
        <translation>»{output}« hängt auf einem Weg um {known} herum von »{name}« ab</translation>
    </message>
    <message>
        <source>two dimensions of {shape} follow the batch size; expected at most one</source>
        <translation>zwei Dimensionen von {shape} folgen der Stapelgröße; erwartet wird höchstens eine</translation>
    </message>
    <message>
        <source>the network does not run with batches of {batches}: {reason}</source>
        <translation>das Netz läuft nicht mit Stapeln von {batches}: {reason}</translation>
    </message>
    <message>
        <source>tensor &apos;{name}&apos; changes its rank with the batch: {small} and {large}</source>
        <translation>der Tensor »{name}« ändert seinen Rang mit dem Stapel: {small} und {large}</translation>
    </message>
    <message>
        <source>tensor &apos;{name}&apos; does not grow in proportion to the batch: {small} and {large}</source>
        <translation>der Tensor »{name}« wächst nicht im Verhältnis zum Stapel: {small} und {large}</translation>
    </message>
    <message>
        <source>tensor &apos;{name}&apos; is computed from the batch size alone, in a way that cannot be told from batches of {batches}: shapes {small} and {large}</source>
        <translation>der Tensor »{name}« wird allein aus der Stapelgröße berechnet, auf eine Weise, die sich aus Stapeln von {batches} nicht erkennen lässt: Formen {small} und {large}</translation>
    </message>
    <message>
        <source>{path}: the {kind} data are truncated or damaged</source>
        <translation>{path}: die {kind}-Daten sind abgeschnitten oder beschädigt</translation>
    </message>
    <message>
        <source>the image</source>
        <translation>das Bild</translation>
    </message>
    <message>
        <source>{path}: the file is empty</source>
        <translation>{path}: die Datei ist leer</translation>
    </message>
    <message>
        <source>{path}: {width:,} x {height:,} pixels; the limit is {limit:,.0f} megapixels. Make it smaller first</source>
        <translation>{path}: {width:,} x {height:,} Pixel; höchstens {limit:,.0f} Megapixel sind möglich. Verkleinern Sie es zuerst</translation>
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
        <source>{path}: the file has {size:,} MiB; the limit is {limit:,} MiB</source>
        <translation>{path}: die Datei hat {size:,} MiB; höchstens {limit:,} MiB sind möglich</translation>
    </message>
    <message>
        <source>{path}: there is no such file</source>
        <translation>{path}: es gibt keine solche Datei</translation>
    </message>
    <message>
        <source>{path}: cannot be read: {reason}</source>
        <translation>{path}: kann nicht gelesen werden: {reason}</translation>
    </message>
    <message>
        <source>the decoder gave up</source>
        <translation>der Dekoder hat aufgegeben</translation>
    </message>
    <message>
        <source>{path}: cannot be decoded: {reason}</source>
        <translation>{path}: kann nicht dekodiert werden: {reason}</translation>
    </message>
    <message>
        <source>its samples are {dtype}; 8 and 16 bits a channel are supported</source>
        <translation>seine Werte sind {dtype}; möglich sind 8 und 16 Bit je Kanal</translation>
    </message>
    <message>
        <source>it has {channels} channels; 1, 3 and 4 are supported</source>
        <translation>es hat {channels} Kanäle; möglich sind 1, 3 und 4</translation>
    </message>
    <message>
        <source>{where} says {fact} {value}, {other} says {taken}, which is taken</source>
        <translation>{where} sagt: {fact} {value}; {other} sagt: {taken}, was gilt</translation>
    </message>
    <message>
        <source>there is no range &apos;{range}&apos;; there are {known}</source>
        <translation>es gibt keinen Wertebereich »{range}«; es gibt {known}</translation>
    </message>
    <message>
        <source>crop_pct is {value:g}; expected a share above 0, at most 1</source>
        <translation>crop_pct ist {value:g}; erwartet wird ein Anteil über 0, höchstens 1</translation>
    </message>
    <message>
        <source>there is no interpolation &apos;{name}&apos;; there are {known}</source>
        <translation>es gibt keine Interpolation »{name}«; es gibt {known}</translation>
    </message>
    <message>
        <source>there is no geometry &apos;{geometry}&apos;; there are stretch, crop, crop:PIXELS (the shorter side&apos;s length before cropping), letterbox, letterbox:GREY (0 to 255) and letterbox:GREY:top-left</source>
        <translation>es gibt keine Geometrie »{geometry}«; es gibt stretch, crop, crop:PIXEL (Länge der kürzeren Seite vor dem Zuschneiden), letterbox, letterbox:GRAU (0 bis 255) und letterbox:GRAU:top-left</translation>
    </message>
    <message>
        <source>the model answers images with infinite numbers; it cannot be verified</source>
        <translation>das Modell beantwortet Bilder mit unendlichen Zahlen; es kann nicht geprüft werden</translation>
    </message>
    <message>
        <source>expected the path of an ONNX file, or a torch.nn.Module; got a {type}</source>
        <translation>erwartet wird der Pfad einer ONNX-Datei oder ein torch.nn.Module; gegeben ist ein {type}</translation>
    </message>
    <message>
        <source>{operator} &apos;{node}&apos; cannot be rewritten for more images</source>
        <translation>{operator} &apos;{node}&apos; lässt sich nicht für mehrere Bilder umschreiben</translation>
    </message>
    <message>
        <source>output &apos;{name}&apos; holds {count} heads beside each other, each of which adds up to one{hint}</source>
        <translation>Ausgang &apos;{name}&apos; enthält {count} Köpfe nebeneinander, deren Werte sich je zu eins addieren{hint}</translation>
    </message>
    <message>
        <source>output &apos;{name}&apos; holds a single number without a Sigmoid. If it is the logit of a binary classifier, say so with --answers binary; if it is to be explained as a number, such as an age, with --answers number</source>
        <translation>die Ausgabe »{name}« enthält eine einzige Zahl ohne Sigmoid. Ist sie das Logit eines Klassifikators mit zwei Klassen, sagen Sie es mit --answers binary; soll sie als Zahl erklärt werden, etwa als Alter, mit --answers number</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; gives no embedding of &apos;{text}&apos;: {reason}</source>
        <translation>„{name}“ gibt keine Einbettung von „{text}“: {reason}</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; gives no embedding of &apos;{text}&apos;: it is zero, no number, or of another length</source>
        <translation>„{name}“ gibt keine Einbettung von „{text}“: Sie ist null, keine Zahl oder von anderer Länge</translation>
    </message>
    <message>
        <source>reading the file</source>
        <translation>Datei wird gelesen</translation>
    </message>
    <message>
        <source>trying it on images</source>
        <translation>Modell wird an Bildern ausprobiert</translation>
    </message>
    <message>
        <source>making it take any number of images</source>
        <translation>Modell wird für beliebig viele Bilder umgeschrieben</translation>
    </message>
    <message>
        <source>finding the shapes of its tensors</source>
        <translation>Formen der Tensoren werden bestimmt</translation>
    </message>
    <message>
        <source>comparing its answers with the file&apos;s</source>
        <translation>Antworten werden mit denen der Datei verglichen</translation>
    </message>
    <message>
        <source>deriving its gradients</source>
        <translation>Gradienten werden hergeleitet</translation>
    </message>
    <message>
        <source>checking the gradients</source>
        <translation>Gradienten werden geprüft</translation>
    </message>
    <message>
        <source>writing the pair</source>
        <translation>Paar wird geschrieben</translation>
    </message>
    <message>
        <source>the part &apos;{name}&apos; is empty; expected NAME[FIRST:END], END not included</source>
        <translation>der Teil &apos;{name}&apos; ist leer; erwartet wird NAME[ANFANG:ENDE], das Ende nicht mitgezählt</translation>
    </message>
    <message>
        <source>{path}: there is no such file of labels; there are lists named {known}</source>
        <translation>{path}: Eine solche Datei mit Klassennamen gibt es nicht; es gibt Listen namens {known}</translation>
    </message>
    <message>
        <source>the model looks like a detector: node &apos;{node}&apos; is {operator} (outputs: {listed}). {why}</source>
        <translation>das Modell sieht nach einem Detektor aus: Knoten &apos;{node}&apos; ist {operator} (Ausgänge: {listed}). {why}</translation>
    </message>
    <message>
        <source>No scores and boxes at all of its places were found in front of the selection. Expected a sigmoid or a softmax [1, P, K] and boxes [1, P, 4]: export the model without NonMaxSuppression</source>
        <translation>Vor der Auswahl wurden keine Werte und Rahmen an allen Stellen gefunden. Erwartet werden ein Sigmoid oder ein Softmax [1, P, K] und Rahmen [1, P, 4]: Exportieren Sie das Modell ohne NonMaxSuppression</translation>
    </message>
    <message>
        <source>this model does not give one score for each class, [N, K]; it looks like a detector or a segmenter, which answer for many places at once (outputs of one image: {listed}){hint}</source>
        <translation>dieses Modell gibt nicht einen Wert je Klasse, [N, K]; es sieht nach einem Detektor oder einer Segmentierung aus, die für viele Stellen zugleich antworten (Ausgaben für ein Bild: {listed}){hint}</translation>
    </message>
    <message>
        <source>PyTorch cannot export the network: {reason}</source>
        <translation>PyTorch kann das Netz nicht exportieren: {reason}</translation>
    </message>
    <message>
        <source>PyTorch&apos;s exporter returned nothing</source>
        <translation>PyTorchs Export hat nichts geliefert</translation>
    </message>
    <message>
        <source>the pair&apos;s logits differ from the module&apos;s by {gap:.1e} of the largest, allowed {allowed:.0e}</source>
        <translation>die Logits des Paars weichen von denen des Moduls um {gap:.1e} des größten ab, erlaubt sind {allowed:.0e}</translation>
    </message>
    <message>
        <source>the pair&apos;s gradients differ from autograd&apos;s by {gap:.1e} of their length, allowed {allowed:.0e}</source>
        <translation>die Gradienten des Paars weichen von denen von Autograd um {gap:.1e} ihrer Länge ab, erlaubt sind {allowed:.0e}</translation>
    </message>
    <message>
        <source>the module&apos;s input size is not known: give an example [N, 3, h, w], or size=(h, w)</source>
        <translation>die Eingabegröße des Moduls ist nicht bekannt: ein Beispiel [N, 3, h, w] oder size=(h, w) angeben</translation>
    </message>
    <message>
        <source>the preprocessing step {step} is not understood; name a preset, or give mean and std, in its place</source>
        <translation>der Schritt {step} der Vorverarbeitung wird nicht verstanden; stattdessen eine Voreinstellung nennen oder mean und std angeben</translation>
    </message>
    <message>
        <source>the logits &apos;{logits}&apos; have shape {shape}; expected [N, K] or [N, K, P]</source>
        <translation>Die Logits „{logits}“ haben die Form {shape}; erwartet wird [N, K] oder [N, K, P]</translation>
    </message>
    <message>
        <source>a spot is asked about with a class: name it</source>
        <translation>zu einer Stelle gehört die Frage nach einer Klasse: bitte nennen</translation>
    </message>
    <message>
        <source>{most} boxes an image were asked for; at least 1 is needed</source>
        <translation>{most} Rahmen je Bild wurden verlangt; mindestens 1 ist nötig</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; is no detector: it finds no boxes</source>
        <translation>„{model}“ ist kein Detektor: Es findet keine Rahmen</translation>
    </message>
    <message>
        <source>detector: 1 class, {geometry} {size}</source>
        <translation>Detektor: 1 Klasse, {geometry} {size}</translation>
    </message>
    <message>
        <source>detector: {classes:,} classes, {geometry} {size}</source>
        <translation>Detektor: {classes:,} Klassen, {geometry} {size}</translation>
    </message>
    <message>
        <source>boxes and classes cannot be asked together; ask one after the other</source>
        <translation>Nach Rahmen und Klassen kann nicht zugleich gefragt werden; bitte nacheinander fragen</translation>
    </message>
    <message>
        <source>the box has place {place}: the model has places 0 to {last}</source>
        <translation>Der Rahmen hat die Stelle {place}: Das Modell hat die Stellen 0 bis {last}</translation>
    </message>
    <message>
        <source>the spot {x:g}, {y:g} is not in the image of {width} x {height} pixels</source>
        <translation>die Stelle {x:g}, {y:g} liegt nicht in dem Bild von {width} x {height} Pixeln</translation>
    </message>
    <message>
        <source>there is no bundled model &apos;{name}&apos;: expected one of {known}</source>
        <translation>es gibt kein mitgeliefertes Modell „{name}“: erwartet wird eines von {known}</translation>
    </message>
    <message>
        <source>{path}: no file fits this pattern</source>
        <translation>{path}: keine Datei passt auf dieses Muster</translation>
    </message>
    <message>
        <source>{path}: a line is longer than a path can be</source>
        <translation>{path}: eine Zeile ist länger, als ein Pfad sein kann</translation>
    </message>
    <message>
        <source>{path}: has more than {limit:,} MiB</source>
        <translation>{path}: hat mehr als {limit:,} MiB</translation>
    </message>
    <message>
        <source>{path}: has no column &apos;image&apos; or &apos;bytes&apos;</source>
        <translation>{path}: hat keine Spalte »image« oder »bytes«</translation>
    </message>
    <message>
        <source>{path}: {kind} files need the package &apos;pyarrow&apos;: pip install &apos;whylight[scale]&apos;</source>
        <translation>{path}: {kind}-Dateien brauchen das Paket &apos;pyarrow&apos;: pip install &apos;whylight[scale]&apos;</translation>
    </message>
    <message>
        <source>{path}: row {row} holds no bytes of an image</source>
        <translation>{path}: Zeile {row} enthält keine Bytes eines Bildes</translation>
    </message>
    <message>
        <source>{out}: another run is writing to this folder; wait for its end, or name another folder</source>
        <translation>{out}: ein anderer Lauf schreibt in diesen Ordner; warten Sie auf sein Ende, oder nennen Sie einen anderen Ordner</translation>
    </message>
    <message>
        <source>{out}: holds an unfinished report that asked another question ({differing}). Ask the same again to continue it, or name another folder{hint}</source>
        <translation>{out}: enthält einen unfertigen Bericht zu einer anderen Frage ({differing}). Fragen Sie dasselbe noch einmal, um ihn fortzusetzen, oder nennen Sie einen anderen Ordner{hint}</translation>
    </message>
    <message>
        <source>{path}: other file systems need the package &apos;pyarrow&apos;: pip install &apos;whylight[scale]&apos;</source>
        <translation>{path}: andere Dateisysteme brauchen das Paket »pyarrow«: pip install &apos;whylight[scale]&apos;</translation>
    </message>
    <message>
        <source>{path}: there is no such file or folder</source>
        <translation>{path}: diese Datei oder diesen Ordner gibt es nicht</translation>
    </message>
    <message>
        <source>Parquet needs the package &apos;pyarrow&apos;, which is not installed; install it with: pip install &apos;whylight[{extra}]&apos;</source>
        <translation>Parquet braucht das Paket »pyarrow«, das nicht installiert ist; installieren Sie es mit: pip install &apos;whylight[{extra}]&apos;</translation>
    </message>
    <message>
        <source>{path}: OpenCV cannot read it as a video</source>
        <translation>{path}: OpenCV kann es nicht als Video lesen</translation>
    </message>
    <message>
        <source>{path}: its frames have more than {limit:,} pixels</source>
        <translation>{path}: seine Einzelbilder haben mehr als {limit:,} Pixel</translation>
    </message>
    <message>
        <source>{path}: the video has no frame that can be read</source>
        <translation>{path}: das Video hat kein lesbares Einzelbild</translation>
    </message>
    <message>
        <source>{folder}: has {name} already. Choose another folder, or replace it with --force</source>
        <translation>{folder}: enthält schon {name}. Wählen Sie einen anderen Ordner, oder ersetzen Sie sie mit --force</translation>
    </message>
    <message>
        <source>the card&apos;s detector has {places} places and boxes as &apos;{form}&apos;; expected one of {forms}</source>
        <translation>Der Detektor der Modellkarte hat {places} Stellen und Rahmen als „{form}“; erwartet wird eines von {forms}</translation>
    </message>
    <message>
        <source>the card&apos;s detector has {places} places, and grids of {counts}</source>
        <translation>der Detektor der Karte hat {places} Stellen, und Gitter von {counts}</translation>
    </message>
    <message>
        <source>the card&apos;s detector names {layers} layers for {grids} grids</source>
        <translation>Der Detektor der Modellkarte nennt {layers} Schichten für {grids} Gitter</translation>
    </message>
    <message>
        <source>{file}: {message}</source>
        <translation>{file}: {message}</translation>
    </message>
    <message>
        <source>there is no placement &apos;{placement}&apos;; there are {known}</source>
        <translation>es gibt keine Lage »{placement}«; es gibt {known}</translation>
    </message>
    <message>
        <source>a spot is asked about with one class as the target</source>
        <translation>nach einer Stelle wird mit einer Klasse als Ziel gefragt</translation>
    </message>
    <message>
        <source>no box was found; name one as the target, or a class with a spot</source>
        <translation>es wurde kein Rahmen gefunden; nennen Sie einen als Ziel, oder eine Klasse mit einer Stelle</translation>
    </message>
    <message>
        <source>there is no question &apos;{question}&apos; about a box; there are {known}</source>
        <translation>eine Frage &apos;{question}&apos; nach einem Rahmen gibt es nicht; es gibt {known}</translation>
    </message>
    <message>
        <source>a position has no other class, nothing against it, and is not fused</source>
        <translation>eine Lage hat keine andere Klasse, nichts dagegen, und wird nicht zusammengefügt</translation>
    </message>
    <message>
        <source>place weights have shape {shape}; expected finite numbers [{scores}, {places}]</source>
        <translation>Die Gewichte der Stellen haben die Form {shape}; erwartet werden endliche Zahlen [{scores}, {places}]</translation>
    </message>
    <message>
        <source>the {method} map has values that are no numbers, drawn as no evidence: the network divides by zero for this image</source>
        <translation>die Karte von {method} hat Werte, die keine Zahlen sind, gezeichnet als kein Beleg: Das Netz teilt bei diesem Bild durch null</translation>
    </message>
    <message>
        <source>the model looks like a detector whose boxes are not decoded (outputs of one image: {outputs}), and the file does not hold its anchors or cells. Export it with its boxes decoded</source>
        <translation>das Modell sieht aus wie ein Detektor, dessen Rahmen noch nicht ausgerechnet sind (Ausgaben für ein Bild: {outputs}), und die Datei enthält seine Anker oder Zellen nicht. Exportieren Sie es mit ausgerechneten Rahmen</translation>
    </message>
    <message>
        <source>a region is asked about with the question &apos;mask&apos;</source>
        <translation>nach einem Bereich wird mit der Frage „mask“ gefragt</translation>
    </message>
    <message>
        <source>only the question &apos;class&apos; about a box is smoothed</source>
        <translation>nur die Frage „class“ zu einem Rahmen wird geglättet</translation>
    </message>
    <message>
        <source>a mask has no other class, and is not fused</source>
        <translation>eine Maske hat keine andere Klasse und wird nicht zusammengeführt</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; finds boxes without masks</source>
        <translation>„{model}“ findet Rahmen ohne Masken</translation>
    </message>
    <message>
        <source>the image equals what it is compared with: nothing raises the likeness, and the map is rounding</source>
        <translation>das Bild gleicht dem, womit es verglichen wird: nichts erhöht die Ähnlichkeit, und die Karte besteht aus Rundungsfehlern</translation>
    </message>
    <message>
        <source>the {method} map is blank: no place has positive evidence. Ask what speaks against the class, or choose another layer or method</source>
        <translation>die Karte von {method} ist leer: Keine Stelle spricht dafür. Fragen Sie, was gegen die Klasse spricht, oder wählen Sie eine andere Schicht oder ein anderes Verfahren</translation>
    </message>
    <message>
        <source>{method} does not know the class: its map shows what is strongest in the layer, whatever was asked</source>
        <translation>{method} kennt die Klasse nicht: Die Karte zeigt, was in der Schicht am stärksten ist, wonach auch gefragt wurde</translation>
    </message>
    <message>
        <source>{method} draws random masks: other ones would give a map that correlates with this one by about {correlation:.2f}</source>
        <translation>{method} zieht zufällige Masken: Andere ergäben eine Karte, die mit dieser zu etwa {correlation:.2f} korreliert</translation>
    </message>
    <message>
        <source>the map has only {rows} x {columns} cells, so it tells places roughly; an earlier layer has more</source>
        <translation>die Karte hat nur {rows} x {columns} Felder und zeigt Stellen daher nur ungefähr; eine frühere Schicht hat mehr</translation>
    </message>
    <message>
        <source>{path}: has {count:,} weights; the limit is {limit:,}</source>
        <translation>{path}: hat {count:,} Gewichte; die Grenze ist {limit:,}</translation>
    </message>
    <message>
        <source>&apos;{name}&apos;: where its weights lie in &apos;{location}&apos; makes no sense: offset {offset}, length {length}, and the file has {size:,} bytes</source>
        <translation>»{name}«: wo seine Gewichte in »{location}« liegen, ergibt keinen Sinn: Anfang {offset}, Länge {length}, und die Datei hat {size:,} Bytes</translation>
    </message>
    <message>
        <source>{path}: has more than {limit:,} nodes</source>
        <translation>{path}: hat mehr als {limit:,} Knoten</translation>
    </message>
    <message>
        <source>{path}: has graphs inside graphs more than {limit} deep</source>
        <translation>{path}: hat mehr als {limit} Graphen ineinander</translation>
    </message>
    <message>
        <source>{path}: the function &apos;{function}&apos; calls itself</source>
        <translation>{path}: die Funktion »{function}« ruft sich selbst auf</translation>
    </message>
    <message>
        <source>{path}: has functions inside functions more than {limit} deep</source>
        <translation>{path}: hat mehr als {limit} Funktionen ineinander</translation>
    </message>
    <message>
        <source>{path}: its functions unfold to {count:,} nodes; the limit is {limit:,}</source>
        <translation>{path}: seine Funktionen entfalten sich zu {count:,} Knoten; die Grenze ist {limit:,}</translation>
    </message>
    <message>
        <source>{path}: the name &apos;{beginning}…&apos; has {length:,} characters; the limit is {limit:,}</source>
        <translation>{path}: der Name »{beginning}…« hat {length:,} Zeichen; die Grenze ist {limit:,}</translation>
    </message>
    <message>
        <source>{path}: the tensor &apos;{tensor}&apos; has {found:,} bytes; its shape says {expected:,}</source>
        <translation>{path}: der Tensor »{tensor}« hat {found:,} Bytes; nach seiner Form sind es {expected:,}</translation>
    </message>
    <message>
        <source>{path}: the tensor &apos;{tensor}&apos; has the shape {shape}; the limit is {limit:,} bytes</source>
        <translation>{path}: der Tensor »{tensor}« hat die Form {shape}; die Grenze sind {limit:,} Bytes</translation>
    </message>
    <message>
        <source>{path}: the nodes of its graph lead in a circle</source>
        <translation>{path}: die Knoten seines Graphen führen im Kreis</translation>
    </message>
    <message>
        <source>{path}: its input &apos;{input}&apos; is {shape}; the limit is {side:,} pixels a side and {values:,} values</source>
        <translation>{path}: sein Eingang »{input}« ist {shape}; die Grenze sind {side:,} Pixel je Seite und {values:,} Werte</translation>
    </message>
    <message>
        <source>{path}: there is not enough memory for this model</source>
        <translation>{path}: der Speicher reicht für dieses Modell nicht</translation>
    </message>
    <message>
        <source>{path}: is no network that can be used: {reason}</source>
        <translation>{path}: ist kein brauchbares Netz: {reason}</translation>
    </message>
    <message>
        <source>{path}: there is not enough memory to decode {width:,} x {height:,} pixels</source>
        <translation>{path}: der Speicher reicht nicht, um {width:,} x {height:,} Pixel zu lesen</translation>
    </message>
    <message>
        <source>{path}: cameras&apos; raw files ({suffix}) are not supported; convert it to JPEG, PNG or TIFF</source>
        <translation>{path}: Rohdaten von Kameras ({suffix}) werden nicht unterstützt; wandeln Sie sie in JPEG, PNG oder TIFF um</translation>
    </message>
    <message>
        <source>{path}: not an image (expected JPEG, PNG, WebP, TIFF, BMP or GIF)</source>
        <translation>{path}: kein Bild (erwartet: JPEG, PNG, WebP, TIFF, BMP oder GIF)</translation>
    </message>
    <message>
        <source>{path}: {size:,} bytes cannot hold {width:,} x {height:,} pixels of an image: it is damaged, or all of one colour</source>
        <translation>{path}: {size:,} Bytes können nicht {width:,} x {height:,} Pixel eines Bildes enthalten: Es ist beschädigt oder ganz einfarbig</translation>
    </message>
    <message>
        <source>{path}: {width:,} x {height:,} pixels; the limit for GIFs and animations is {limit:,.0f} megapixels. Make it smaller first</source>
        <translation>{path}: {width:,} x {height:,} Pixel; die Grenze für GIFs und Animationen ist {limit:,.0f} Megapixel. Verkleinern Sie es zuerst</translation>
    </message>
    <message>
        <source>{path}: {width:,} x {height:,} pixels take {needed:,.0f} MB to decode; the limit is {limit:,.0f} MB. Make it smaller first</source>
        <translation>{path}: {width:,} x {height:,} Pixel brauchen zum Lesen {needed:,.0f} MB; die Grenze sind {limit:,.0f} MB. Verkleinern Sie das Bild zuerst</translation>
    </message>
    <message>
        <source>{path}: a JPEG of {scans:,} scans, each of which decodes all {width:,} x {height:,} pixels again; the limit is {limit:,}</source>
        <translation>{path}: ein JPEG mit {scans:,} Durchgängen, von denen jeder alle {width:,} x {height:,} Pixel neu liest; die Grenze sind {limit:,}</translation>
    </message>
    <message>
        <source>{path}: you may not read this file</source>
        <translation>{path}: Sie dürfen diese Datei nicht lesen</translation>
    </message>
    <message>
        <source>its samples have {bits} bits; JPEGs of 8 bits are supported</source>
        <translation>ihre Werte haben {bits} Bit; unterstützt werden JPEGs mit 8 Bit</translation>
    </message>
    <message>
        <source>its compression, {compression}, is not supported</source>
        <translation>ihre Kompression, {compression}, wird nicht unterstützt</translation>
    </message>
    <message>
        <source>{pages} pages; the first is shown</source>
        <translation>{pages} Seiten; gezeigt wird die erste</translation>
    </message>
    <message>
        <source>it is truncated: too little data for {width:,} x {height:,} pixels</source>
        <translation>es ist abgeschnitten: zu wenig Daten für {width:,} x {height:,} Pixel</translation>
    </message>
    <message>
        <source>values of 0 to {most:,} in 16 bits, shown as {bits} bits</source>
        <translation>Werte von 0 bis {most:,} in 16 Bit, gezeigt als {bits} Bit</translation>
    </message>
    <message>
        <source>{path}: needs more than {limit:,} MiB of memory to be decoded</source>
        <translation>{path}: braucht mehr als {limit:,} MiB Speicher zum Entschlüsseln</translation>
    </message>
    <message>
        <source>{path}: the process that decoded it crashed ({how}); the image was not read</source>
        <translation>{path}: Der Prozess, der es entschlüsselte, ist abgestürzt ({how}); das Bild wurde nicht gelesen</translation>
    </message>
    <message>
        <source>it has no size</source>
        <translation>es hat keine Größe</translation>
    </message>
    <message>
        <source>the process that decodes cannot be started: {reason}</source>
        <translation>der Prozess zum Entschlüsseln kann nicht gestartet werden: {reason}</translation>
    </message>
    <message>
        <source>{path}: images are written as .png or .jpg, not as &apos;{suffix}&apos;</source>
        <translation>{path}: Bilder werden als .png oder .jpg geschrieben, nicht als »{suffix}«</translation>
    </message>
    <message>
        <source>{path}: cannot be written: {reason}</source>
        <translation>{path}: kann nicht geschrieben werden: {reason}</translation>
    </message>
    <message>
        <source>an RGB image uint8 [H, W, 3] was expected, found {found}</source>
        <translation>erwartet wird ein RGB-Bild uint8 [H, W, 3], gefunden wurde {found}</translation>
    </message>
    <message>
        <source>{folder}: the folder cannot be listed: {reason}</source>
        <translation>{folder}: der Ordner kann nicht gelesen werden: {reason}</translation>
    </message>
    <message>
        <source>the input description holds &apos;{value}&apos;; expected one of {known}</source>
        <translation>die Beschreibung der Eingabe enthält »{value}«; erwartet wird {known}</translation>
    </message>
    <message>
        <source>the input description has the size {size}; expected pixels</source>
        <translation>die Beschreibung der Eingabe hat die Größe {size}; erwartet werden Pixel</translation>
    </message>
    <message>
        <source>it has the header of no image format known here</source>
        <translation>es hat den Kopf keines hier bekannten Bildformats</translation>
    </message>
    <message>
        <source>its {name} header is cut off</source>
        <translation>sein {name}-Kopf ist abgeschnitten</translation>
    </message>
    <message>
        <source>its {name} header gives a size of {width} x {height} pixels</source>
        <translation>sein {name}-Kopf nennt eine Größe von {width} x {height} Pixeln</translation>
    </message>
    <message>
        <source>it is truncated: the PNG&apos;s last part (IEND) is missing</source>
        <translation>es ist abgeschnitten: der letzte Teil des PNG (IEND) fehlt</translation>
    </message>
    <message>
        <source>its JPEG header gives no size before the pixels begin</source>
        <translation>sein JPEG-Kopf nennt keine Größe, bevor die Pixel beginnen</translation>
    </message>
    <message>
        <source>its WebP header has an unknown first chunk {kind!r}</source>
        <translation>sein WebP-Kopf hat einen unbekannten ersten Block {kind!r}</translation>
    </message>
    <message>
        <source>its TIFF header gives no size</source>
        <translation>sein TIFF-Kopf nennt keine Größe</translation>
    </message>
    <message>
        <source>it is no TIFF structure</source>
        <translation>es hat nicht den Aufbau eines TIFF</translation>
    </message>
    <message>
        <source>the decoder does not know its data</source>
        <translation>der Decoder kennt seine Daten nicht</translation>
    </message>
    <message>
        <source>{device} ran out of memory</source>
        <translation>{device} hatte zu wenig Speicher</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; has no gradient graph &apos;{gradient}&apos; beside it</source>
        <translation>neben »{name}« fehlt der Gradientengraph »{gradient}«</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; lacks the outputs {outputs}</source>
        <translation>»{name}« fehlen die Ausgänge {outputs}</translation>
    </message>
    <message>
        <source>the environment variable {variable} is &apos;{text}&apos;; expected a positive number</source>
        <translation>die Umgebungsvariable {variable} ist »{text}«; erwartet wird eine positive Zahl</translation>
    </message>
    <message>
        <source>{name}: cannot be used: {reason}</source>
        <translation>{name}: ist nicht zu gebrauchen: {reason}</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>{name}: needs more than {limit:,} MiB of memory, the limit for a model of this size; the environment variable {variable} sets another</source>
        <translation>{name}: braucht mehr als {limit:,} MiB Speicher, die Grenze für ein Modell dieser Größe; die Umgebungsvariable {variable} setzt eine andere</translation>
    </message>
    <message>
        <source>exit status {status}</source>
        <translation>Rückgabewert {status}</translation>
    </message>
    <message>
        <source>{signal}</source>
        <translation>{signal}</translation>
    </message>
    <message>
        <source>signal {number}</source>
        <translation>Signal {number}</translation>
    </message>
    <message>
        <source>{name}: the process that tried this model crashed ({how}); the model was not opened</source>
        <translation>{name}: der Prozess, der dieses Modell ausprobierte, ist abgestürzt ({how}); das Modell wurde nicht geöffnet</translation>
    </message>
    <message>
        <source>It answers in two stages, for regions that it picks itself, and in another way than TorchVision&apos;s Faster R-CNN, which is read. Expected that, scores and boxes at fixed places as detectors of one stage have them, or a classifier</source>
        <translation>Es antwortet in zwei Stufen, zu Bereichen, die es selbst auswählt, und anders als TorchVisions Faster R-CNN, das gelesen wird. Erwartet wird jenes, oder Werte und Kästen an festen Orten, wie sie Detektoren mit einer Stufe haben, oder ein Klassifikator</translation>
    </message>
    <message>
        <source>the module cannot be copied: {reason}</source>
        <translation>das Modul lässt sich nicht kopieren: {reason}</translation>
    </message>
    <message>
        <source>ImageNet&apos;s mean and std, the image stretched</source>
        <translation>Mittel und Streuung von ImageNet, das Bild gestreckt</translation>
    </message>
    <message>
        <source>0..1</source>
        <translation>0..1</translation>
    </message>
    <message>
        <source>-1..1, Keras MobileNet, Inception, ViT</source>
        <translation>-1..1, Keras MobileNet, Inception, ViT</translation>
    </message>
    <message>
        <source>BGR 0..255 less the mean, Keras ResNet and VGG</source>
        <translation>BGR 0..255 weniger das Mittel, Keras ResNet und VGG</translation>
    </message>
    <message>
        <source>0..255, Keras EfficientNet and networks that normalise by themselves</source>
        <translation>0..255, Keras EfficientNet und Netze, die selbst normieren</translation>
    </message>
    <message>
        <source>CIFAR-10&apos;s mean and std</source>
        <translation>Mittel und Streuung von CIFAR-10</translation>
    </message>
    <message>
        <source>MNIST&apos;s mean and std</source>
        <translation>Mittel und Streuung von MNIST</translation>
    </message>
    <message>
        <source>TorchVision: shorter side to 256, centre 224, ImageNet&apos;s mean and std</source>
        <translation>TorchVision: kürzere Seite auf 256, Mitte 224, Mittel und Streuung von ImageNet</translation>
    </message>
    <message>
        <source>timm: the same, bicubic</source>
        <translation>timm: dasselbe, bikubisch</translation>
    </message>
    <message>
        <source>OpenAI&apos;s CLIP and its relatives: shorter side to the input&apos;s, centre, bicubic</source>
        <translation>OpenAIs CLIP und Verwandte: kürzere Seite auf die der Eingabe, Mitte, bikubisch</translation>
    </message>
    <message>
        <source>Ultralytics&apos; classifiers: shorter side to the input&apos;s, centre, 0..1</source>
        <translation>Klassifikatoren von Ultralytics: kürzere Seite auf die der Eingabe, Mitte, 0..1</translation>
    </message>
    <message>
        <source>Ultralytics&apos; LetterBox: padded with grey 114, 0..1</source>
        <translation>LetterBox von Ultralytics: mit Grau 114 aufgefüllt, 0..1</translation>
    </message>
    <message>
        <source>tf, stretched without interpolation, as Keras&apos; load_img does</source>
        <translation>tf, ohne Interpolation gestreckt, wie load_img von Keras</translation>
    </message>
    <message>
        <source>caffe, the same</source>
        <translation>caffe, ebenso</translation>
    </message>
    <message>
        <source>imagenet, the same</source>
        <translation>imagenet, ebenso</translation>
    </message>
    <message>
        <source>bytes, the same</source>
        <translation>bytes, ebenso</translation>
    </message>
    <message>
        <source>unit, the same</source>
        <translation>unit, ebenso</translation>
    </message>
    <message>
        <source>PaddleOCR: BGR -1..1, stretched by OpenCV</source>
        <translation>PaddleOCR: BGR -1..1, von OpenCV gestreckt</translation>
    </message>
    <message>
        <source>the report&apos;s own: stretched in the graph, its mean and std</source>
        <translation>die des Berichts: im Graphen gestreckt, mit seinem Mittel und seiner Streuung</translation>
    </message>
    <message>
        <source>the module does not say how its images are scaled: give preprocessing, the transform that they go through or the name of a preset, or mean and std</source>
        <translation>das Modul sagt nicht, wie seine Bilder skaliert sind: preprocessing angeben, die Transformation, durch die sie gehen, oder den Namen einer Voreinstellung, oder mean und std</translation>
    </message>
    <message>
        <source>the module cannot be run on images {shape}: {reason}</source>
        <translation>das Modul lässt sich auf Bildern {shape} nicht ausführen: {reason}</translation>
    </message>
    <message>
        <source>the example is {shape}; expected images [N, 3, h, w], or [N, 1, h, w] in grey</source>
        <translation>das Beispiel ist {shape}; erwartet werden Bilder [N, 3, h, w], oder [N, 1, h, w] in Grau</translation>
    </message>
    <message>
        <source>the preprocessing resizes or crops twice, or crops before it resizes (at {step}), which is not understood; name a preset, or give mean and std, in its place</source>
        <translation>die Vorverarbeitung ändert die Größe oder schneidet zweimal zu, oder sie schneidet zu, bevor sie die Größe ändert (bei {step}), was nicht verstanden wird; stattdessen eine Voreinstellung nennen, oder mean und std angeben</translation>
    </message>
    <message>
        <source>expected the path of an ONNX file as model; got a {type} (of a torch.nn.Module, whylight.adopt makes such a file)</source>
        <translation>als Modell wird der Pfad einer ONNX-Datei erwartet; gegeben: {type} (aus einem torch.nn.Module macht whylight.adopt eine solche Datei)</translation>
    </message>
    <message>
        <source>the layer stands before a normalisation: at each of its places what is for an answer is as much as what is against it, and {method} cannot tell the two apart. Choose the layer behind the normalisation</source>
        <translation>die Schicht steht vor einer Normalisierung: an jeder ihrer Stellen ist, was für eine Antwort spricht, so viel wie das, was gegen sie spricht, und {method} kann beides nicht unterscheiden. Die Schicht hinter der Normalisierung wählen</translation>
    </message>
    <message>
        <source>its compressed data are damaged</source>
        <translation>seine komprimierten Daten sind beschädigt</translation>
    </message>
    <message>
        <source>{path}: not decoded after {seconds:,g} s, the limit; the environment variable {variable} sets another</source>
        <translation>{path}: nach {seconds:,g} s, der Grenze, nicht dekodiert; die Umgebungsvariable {variable} setzt eine andere</translation>
    </message>
    <message>
        <source>{name}: one step was not done after {seconds:,.0f} s, the limit for a model of this size. It may never end, or this machine is slow: the environment variable {variable} sets another limit</source>
        <translation>{name}: Ein Schritt war nach {seconds:,.0f} s nicht fertig, der Grenze für ein Modell dieser Größe. Vielleicht endet er nie, oder dieser Rechner ist langsam: Die Umgebungsvariable {variable} setzt eine andere Grenze</translation>
    </message>
    <message>
        <source>{path}: the model cannot be written: {reason}</source>
        <translation>{path}: das Modell kann nicht geschrieben werden: {reason}</translation>
    </message>
    <message>
        <source>the card&apos;s {kind} is a JSON {type}; expected an object</source>
        <translation>{kind} im Steckbrief ist ein JSON-{type}; erwartet wird ein Objekt</translation>
    </message>
    <message>
        <source>the card&apos;s {kind} is invalid: {reason}</source>
        <translation>{kind} im Steckbrief ist ungültig: {reason}</translation>
    </message>
    <message>
        <source>the network has no map of more than one place that the scores depend on; it cannot be explained by place</source>
        <translation>das Netz hat keine Karte mit mehr als einer Stelle, von der die Werte abhängen; es lässt sich nicht nach Stellen erklären</translation>
    </message>
    <message>
        <source>the scores depend on the image through whole numbers only: {operator} &apos;{node}&apos; rounds, and what is rounded has no gradient. Adopt the model as it was before it was quantised</source>
        <translation>die Werte hängen nur über ganze Zahlen vom Bild ab: {operator} »{node}« rundet, und Gerundetes hat keinen Gradienten. Übernehmen Sie das Modell, wie es vor der Quantisierung war</translation>
    </message>
    <message>
        <source>the scores do not depend on the image</source>
        <translation>die Werte hängen nicht vom Bild ab</translation>
    </message>
    <message>
        <source>the network takes one image at a time, so that its layer is chosen when it is adopted: adopt it again{hint}</source>
        <translation>das Netz nimmt nur ein Bild auf einmal; seine Schicht wird beim Einrichten gewählt: Richten Sie es neu ein{hint}</translation>
    </message>
    <message>
        <source>the scores do not change with the places of layer &apos;{layer}&apos; (behind the last attention only the class token counts); choose an earlier layer, see --inspect</source>
        <translation>die Werte ändern sich nicht mit den Orten der Schicht »{layer}« (hinter der letzten Aufmerksamkeit zählt nur das Klassen-Token); wählen Sie eine frühere Schicht, siehe --inspect</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} und {last}</translation>
    </message>
    <message>
        <source>{method} explains boxes, but &apos;{model}&apos; is no detector; available methods are {methods}</source>
        <translation>{method} erklärt Rahmen, aber &apos;{model}&apos; ist kein Detektor; verfügbar sind {methods}</translation>
    </message>
    <message>
        <source>the network has {count} inputs {inputs}; expected one</source>
        <translation>das Netz hat {count} Eingänge {inputs}; erwartet wird einer</translation>
    </message>
    <message>
        <source>layer &apos;{target}&apos; has shape {shape}; expected [N, C, h, w]</source>
        <translation>die Schicht »{target}« hat die Form {shape}; erwartet wird [N, C, h, w]</translation>
    </message>
    <message>
        <source>the network has {logits} logits, the card {classes} classes</source>
        <translation>das Netz hat {logits} Logits, die Karte {classes} Klassen</translation>
    </message>
    <message>
        <source>the card names no classes; expected at least one</source>
        <translation>die Karte nennt keine Klassen; erwartet wird mindestens eine</translation>
    </message>
    <message>
        <source>the card gives {count} further names for {classes} classes</source>
        <translation>die Karte gibt {count} weitere Namen für {classes} Klassen an</translation>
    </message>
    <message>
        <source>the card&apos;s input_size is {size}; expected height and width in pixels</source>
        <translation>input_size der Karte ist {size}; erwartet werden Höhe und Breite in Pixeln</translation>
    </message>
    <message>
        <source>the card&apos;s mean {mean} and std {std} must be three numbers, std above 0</source>
        <translation>mean {mean} und std {std} der Karte müssen je drei Zahlen sein, std über 0</translation>
    </message>
    <message>
        <source>the card&apos;s input_size is {size}; expected that of its input description, {other}</source>
        <translation>input_size im Steckbrief ist {size}; erwartet wird die der Beschreibung der Eingabe, {other}</translation>
    </message>
    <message>
        <source>the file is the gradient graph of a pair: open the forward graph beside it, NAME.onnx</source>
        <translation>die Datei ist der Gradientengraph eines Paars: öffnen Sie den Vorwärtsgraphen daneben, NAME.onnx</translation>
    </message>
    <message>
        <source>the model card is not valid JSON: {reason}</source>
        <translation>die Modellkarte ist kein gültiges JSON: {reason}</translation>
    </message>
    <message>
        <source>the model card is a JSON {type}; expected an object</source>
        <translation>die Modellkarte ist in JSON ein {type}; erwartet wird ein Objekt</translation>
    </message>
    <message>
        <source>the model card has version {version!r}; this program reads version {known}. Export the model again, or use the program version that wrote it</source>
        <translation>die Modellkarte hat Version {version!r}; dieses Programm liest Version {known}. Exportieren Sie das Modell neu, oder nehmen Sie die Programmversion, die es geschrieben hat</translation>
    </message>
    <message>
        <source>the model card lacks {fields}</source>
        <translation>der Modellkarte fehlt {fields}</translation>
    </message>
    <message>
        <source>the model card&apos;s {name} is {value!r:.80}; expected {expected}</source>
        <translation>{name} der Modellkarte ist {value!r:.80}; erwartet wird {expected}</translation>
    </message>
    <message>
        <source>text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>one of {kinds}</source>
        <translation>eines von {kinds}</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>eine ganze Zahl</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>wahr oder falsch</translation>
    </message>
    <message>
        <source>a list of names</source>
        <translation>eine Liste von Namen</translation>
    </message>
    <message>
        <source>lists of names by language</source>
        <translation>Listen von Namen nach Sprache</translation>
    </message>
    <message>
        <source>two whole numbers</source>
        <translation>ein Paar ganzer Zahlen</translation>
    </message>
    <message>
        <source>three numbers</source>
        <translation>eine Liste von drei Zahlen</translation>
    </message>
    <message>
        <source>a whole number or null</source>
        <translation>eine ganze Zahl oder null</translation>
    </message>
    <message>
        <source>numbers by name</source>
        <translation>ein Objekt mit Zahlen nach Namen</translation>
    </message>
    <message>
        <source>texts by name</source>
        <translation>ein Objekt mit Texten nach Namen</translation>
    </message>
    <message>
        <source>{name}: a pair cannot be written as that; expected a name that ends in .onnx</source>
        <translation>{name}: so kann kein Paar heißen; erwartet wird ein Name, der auf .onnx endet</translation>
    </message>
    <message>
        <source>{path}: the pair cannot be written: {reason}</source>
        <translation>{path}: das Paar kann nicht geschrieben werden: {reason}</translation>
    </message>
    <message>
        <source>{target}: is the model itself, which would be replaced; give the pair another name{hint}</source>
        <translation>{target}: ist das Modell selbst, das ersetzt würde; geben Sie dem Paar einen anderen Namen{hint}</translation>
    </message>
    <message>
        <source>{target}: there is such a file already, and it is no pair of &apos;{source}&apos;; give the pair another name{hint}</source>
        <translation>{target}: diese Datei gibt es schon, und sie ist kein Paar von &apos;{source}&apos;; geben Sie dem Paar einen anderen Namen{hint}</translation>
    </message>
    <message>
        <source>forward graph</source>
        <translation>Vorwärtsgraph</translation>
    </message>
    <message>
        <source>gradient graph</source>
        <translation>Gradientengraph</translation>
    </message>
    <message>
        <source>{path}: there is no {what}; a pair is NAME.onnx and NAME.gradient.onnx</source>
        <translation>{path}: hier fehlt der {what}; ein Paar sind NAME.onnx und NAME.gradient.onnx</translation>
    </message>
    <message>
        <source>the network takes one image at a time, so that this cannot be done with it: its file fixes the batch to one. Export it with a dynamic batch</source>
        <translation>das Netz nimmt nur ein Bild auf einmal, weil seine Datei den Stapel auf eins festlegt; damit geht dies nicht. Exportieren Sie es mit beliebiger Stapelgröße</translation>
    </message>
    <message>
        <source>the forward graph does not begin with the preprocessing of &apos;{input}&apos;: export or adopt the model again</source>
        <translation>der Vorwärtsgraph beginnt nicht mit der Vorverarbeitung von »{input}«: exportieren oder übernehmen Sie das Modell neu</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; and &apos;{gradient}&apos; are not of the same model; copy both files of a pair together, or export it again</source>
        <translation>»{model}« und »{gradient}« sind nicht vom selben Modell; kopieren Sie beide Dateien eines Paars zusammen, oder exportieren Sie es neu</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; is no detector: D-RISE explains boxes alone</source>
        <translation>&apos;{model}&apos; ist kein Detektor: D-RISE erklärt nur Rahmen</translation>
    </message>
    <message>
        <source>the model has no layer with a map, which {method} needs; choose occlusion or RISE</source>
        <translation>das Modell hat keine Schicht mit einer Karte, die {method} braucht; wählen Sie Occlusion oder RISE</translation>
    </message>
    <message>
        <source>&apos;{model}&apos;</source>
        <translation>»{model}«</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; takes one image at a time, so that Ablation-CAM cannot cut it in two. Choose Score-CAM, occlusion or RISE</source>
        <translation>&apos;{model}&apos; nimmt nur ein Bild auf einmal, sodass Ablation-CAM es nicht teilen kann. Wählen Sie Score-CAM, Verdeckung oder RISE</translation>
    </message>
    <message>
        <source>the tail of &apos;{model}&apos;</source>
        <translation>der hintere Teil von »{model}«</translation>
    </message>
    <message>
        <source>cannot occlude {cells} cells with a reach of {reach}; expected 1 to {least} cells and a reach of at least 0</source>
        <translation>{cells} Zellen mit einer Reichweite von {reach} lassen sich nicht abdecken; erwartet werden 1 bis {least} Zellen und eine Reichweite von mindestens 0</translation>
    </message>
    <message>
        <source>{masks} masks of {grid} x {grid} cells shown with {shown:g}; expected at least 2 masks, 1 cell, and a probability between 0 and 1</source>
        <translation>{masks} Masken aus {grid} x {grid} Zellen, gezeigt mit {shown:g}; erwartet werden mindestens 2 Masken, 1 Zelle und eine Wahrscheinlichkeit zwischen 0 und 1</translation>
    </message>
    <message>
        <source>{share:.0%} of it was not seen by the model, and is dark</source>
        <translation>{share:.0%} vom Modell nicht gesehen (dunkel)</translation>
    </message>
    <message>
        <source>the outputs are raw maps of a detector&apos;s strides ({listed}), whose boxes are offsets to anchors that are not in the file. Export it with its boxes decoded: one output [1, P, 5 + K]</source>
        <translation>die Ausgänge sind rohe Karten der Schrittweiten eines Detektors ({listed}), deren Rahmen Abstände zu Ankern sind, die nicht in der Datei stehen. Exportieren Sie ihn mit dekodierten Rahmen: ein Ausgang [1, P, 5 + K]</translation>
    </message>
    <message>
        <source>the network takes one image at a time, so positions and masks of its boxes cannot be explained</source>
        <translation>das Netz nimmt nur ein Bild auf einmal, deshalb lassen sich Lagen und Masken seiner Rahmen nicht erklären</translation>
    </message>
    <message>
        <source>{method} explains classes of a whole image; for a box or region choose {methods}</source>
        <translation>{method} erklärt Klassen eines ganzen Bildes; für Rahmen oder Gebiete gibt es {methods}</translation>
    </message>
    <message>
        <source>place weights have shape {shape}; &apos;{model}&apos; has {places} places</source>
        <translation>die Ortsgewichte haben die Form {shape}; „{model}“ hat {places} Orte</translation>
    </message>
    <message>
        <source>grid, origin and stride, two numbers each</source>
        <translation>grid, origin und stride, je zwei Zahlen</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; is no segmenter: it has no regions</source>
        <translation>&apos;{model}&apos; ist kein Segmentierer: Es hat keine Bereiche</translation>
    </message>
    <message>
        <source>reader of text lines: {classes:,} signs, {geometry} {size}</source>
        <translation>Leser von Textzeilen: {classes:,} Zeichen, {geometry} {size}</translation>
    </message>
    <message>
        <source>segmenter: {classes:,} classes, {geometry} {size}</source>
        <translation>Segmentierer: {classes:,} Klassen, {geometry} {size}</translation>
    </message>
    <message>
        <source>there is no mask for {image} in {folder}: expected {stem}.png</source>
        <translation>für {image} gibt es in {folder} keine Maske: erwartet wird {stem}.png</translation>
    </message>
    <message>
        <source>the mask {mask} cannot be read: {reason}</source>
        <translation>die Maske {mask} kann nicht gelesen werden: {reason}</translation>
    </message>
    <message>
        <source>{video}: the report holds no overlays of its frames</source>
        <translation>{video}: der Bericht hat keine Überlagerungen seiner Einzelbilder</translation>
    </message>
    <message>
        <source>a box is explained at one layer; name one, or none for the map of its grid</source>
        <translation>Ein Rahmen wird an einer Schicht erklärt; eine nennen, oder keine für die Karte seines Rasters</translation>
    </message>
    <message>
        <source>one box is asked about at a spot; leave out how many</source>
        <translation>an einer Stelle wird nach einem Rahmen gefragt; die Anzahl weglassen</translation>
    </message>
    <message>
        <source>a region is explained at one layer; name one</source>
        <translation>ein Gebiet wird an einer Schicht erklärt; bitte eine nennen</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; answers for an image as a whole: regions and spots are for segmenters, spots for detectors, too</source>
        <translation>„{model}“ antwortet für das Bild als Ganzes: Gebiete und Stellen sind für Segmentierer, Stellen auch für Detektoren</translation>
    </message>
    <message>
        <source>{error}</source>
        <translation>{error}</translation>
    </message>
    <message>
        <source>{path}: there is not enough memory to explain it</source>
        <translation>{path}: der Speicher reicht nicht, um es zu erklären</translation>
    </message>
    <message>
        <source>several machines need the package &apos;ray&apos;, which is not installed; install it with: pip install &apos;whylight[{extra}]&apos;</source>
        <translation>mehrere Rechner brauchen das Paket »ray«, das nicht installiert ist; installieren Sie es mit: pip install &apos;whylight[{extra}]&apos;</translation>
    </message>
    <message>
        <source>the Ray cluster cannot be reached: {reason}</source>
        <translation>der Ray-Cluster ist nicht zu erreichen: {reason}</translation>
    </message>
    <message>
        <source>nothing was found: no box scores {least:.0%} or more; the best is {name} with {answer}</source>
        <translation>Nichts gefunden: Kein Rahmen erreicht {least:.0%}; am besten ist {name} mit {answer}</translation>
    </message>
    <message>
        <source>none of the boxes is of class {names}</source>
        <translation>Keiner der Rahmen gehört zur Klasse {names}</translation>
    </message>
    <message>
        <source>{folder}: the folder cannot be made: {reason}</source>
        <translation>{folder}: der Ordner kann nicht angelegt werden: {reason}</translation>
    </message>
    <message>
        <source>maps of several layers are scaled each by itself before they are fused; the scale &apos;{scale}&apos; is for one layer, the scale of several is &apos;{image}&apos;</source>
        <translation>Karten mehrerer Schichten werden einzeln skaliert, bevor sie vereint werden; die Skala »{scale}« ist für eine Schicht, die für mehrere ist »{image}«</translation>
    </message>
    <message>
        <source>faithfulness is measured for one layer, and for the question why a class</source>
        <translation>die Treue wird für eine Schicht gemessen, und für die Frage, warum eine Klasse</translation>
    </message>
    <message>
        <source>faithfulness is measured for boxes that were found, and not at a spot</source>
        <translation>Treue wird für gefundene Rahmen gemessen, nicht an einer Stelle</translation>
    </message>
    <message>
        <source>the scale &apos;{scale}&apos; is not available with Ray</source>
        <translation>die Skala »{scale}« gibt es mit Ray nicht</translation>
    </message>
    <message>
        <source>{out}: the report cannot be written: {reason}</source>
        <translation>{out}: der Bericht kann nicht geschrieben werden: {reason}</translation>
    </message>
    <message>
        <source>there are no panels &apos;{panels}&apos;; there are {known}</source>
        <translation>es gibt keine Tafeln »{panels}«; es gibt {known}</translation>
    </message>
    <message>
        <source>maps are not written as &apos;{format}&apos;; there are {known}</source>
        <translation>Karten werden nicht als »{format}« geschrieben; es gibt {known}</translation>
    </message>
    <message>
        <source>{text}</source>
        <translation>{text}</translation>
    </message>
    <message>
        <source>the card&apos;s segmenter has a grid of {grid}</source>
        <translation>der Segmentierer der Karte hat ein Gitter von {grid}</translation>
    </message>
    <message>
        <source>position {x}, {y} lies outside of the image, which has {width} x {height} pixels</source>
        <translation>die Stelle {x}, {y} liegt außerhalb des Bildes, das {width} x {height} Pixel hat</translation>
    </message>
    <message>
        <source>the model did not see the image at {x}, {y}</source>
        <translation>das Modell hat das Bild bei {x}, {y} nicht gesehen</translation>
    </message>
    <message>
        <source>the mask has shape {shape}; expected that of the image, {size}</source>
        <translation>die Maske hat die Form {shape}; erwartet wird die des Bildes, {size}</translation>
    </message>
    <message>
        <source>the mask is empty</source>
        <translation>die Maske ist leer</translation>
    </message>
    <message>
        <source>the model saw nothing of the masked part of the image</source>
        <translation>das Modell hat vom Bereich der Maske nichts gesehen</translation>
    </message>
    <message>
        <source>expected one embedding for each of {count} names; got an array of shape {shape}</source>
        <translation>erwartet wird ein Vektor für jeden von {count} Namen; es kam ein Feld der Form {shape}</translation>
    </message>
    <message>
        <source>an embedding is zero or not finite; it has no direction</source>
        <translation>ein Vektor ist null oder nicht endlich; er hat keine Richtung</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; answers with classes, not with an embedding; likeness is asked of embedding models</source>
        <translation>&apos;{model}&apos; antwortet mit Klassen, nicht mit einem Vektor; nach Ähnlichkeit werden Modelle gefragt, die Vektoren bilden</translation>
    </message>
    <message>
        <source>embeddings, compared with {count:,}</source>
        <translation>Vektoren für Ähnlichkeit, verglichen mit {count:,}</translation>
    </message>
    <message>
        <source>embeddings of {count:,} numbers</source>
        <translation>Vektoren für Ähnlichkeit aus {count:,} Zahlen</translation>
    </message>
    <message>
        <source>the references have {other} numbers each; &apos;{model}&apos; makes embeddings of {size}</source>
        <translation>die Vergleichsvektoren haben je {other} Zahlen; &apos;{model}&apos; bildet Vektoren von {size}</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is no text model: it takes {inputs}; expected input_ids, perhaps with an attention_mask</source>
        <translation>&apos;{name}&apos; ist kein Textmodell: Es nimmt {inputs}; erwartet wird input_ids, vielleicht mit einer attention_mask</translation>
    </message>
    <message>
        <source>a text to compare images with is empty</source>
        <translation>ein Text zum Vergleichen ist leer</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is no text model: expected one output with an embedding, [N, D]; it has {outputs}</source>
        <translation>&apos;{name}&apos; ist kein Textmodell: Erwartet wird ein Ausgang mit einem Vektor, [N, D]; es hat {outputs}</translation>
    </message>
    <message>
        <source>there is no {tokenizer} beside &apos;{name}&apos;, nor in the folder above</source>
        <translation>neben &apos;{name}&apos; und im Ordner darüber gibt es kein {tokenizer}</translation>
    </message>
    <message>
        <source>texts need the package tokenizers: pip install &apos;whylight[text]&apos;</source>
        <translation>Texte brauchen das Paket tokenizers: pip install &apos;whylight[text]&apos;</translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is no tokenizer: {reason}</source>
        <translation>&apos;{name}&apos; ist kein Tokenizer: {reason}</translation>
    </message>
    <message>
        <source>{top} classes an image were asked for; at least 1 is needed</source>
        <translation>verlangt wurden {top} Klassen je Bild; nötig ist mindestens 1</translation>
    </message>
    <message>
        <source>the image is a {type}; expected a path, the bytes of an image file, a Pillow image, or an array uint8 [H, W, 3]</source>
        <translation>das Bild ist ein {type}; erwartet wird ein Pfad, der Inhalt einer Bilddatei, ein Pillow-Bild oder ein Feld uint8 [H, W, 3]</translation>
    </message>
    <message>
        <source>; it looks as if the channels came first: image.transpose(1, 2, 0)</source>
        <translation>; anscheinend stehen die Kanäle vorn: image.transpose(1, 2, 0)</translation>
    </message>
    <message>
        <source>; values of 0 to 1 become so by (image * 255).round().astype(&apos;uint8&apos;)</source>
        <translation>; Werte von 0 bis 1 werden dazu mit (image * 255).round().astype(&apos;uint8&apos;)</translation>
    </message>
    <message>
        <source>the image is {dtype} {shape}; expected RGB uint8 [H, W, 3]{hint}</source>
        <translation>das Bild ist {dtype} {shape}; erwartet wird RGB uint8 [H, W, 3]{hint}</translation>
    </message>
    <message>
        <source>the Pillow image holds numbers outside of 16 bits; scale them to 8 bits first</source>
        <translation>das Pillow-Bild enthält Zahlen außerhalb von 16 Bit; bringen Sie sie erst auf 8 Bit</translation>
    </message>
    <message>
        <source>{method} needs the image itself; explain the image again by this method</source>
        <translation>{method} braucht das Bild selbst; erklären Sie das Bild mit diesem Verfahren noch einmal</translation>
    </message>
    <message>
        <source>{method} needs a layer with a map, but &apos;{model}&apos; has none; available methods are {methods}</source>
        <translation>{method} braucht eine Schicht mit einer Karte, aber »{model}« hat keine; verfügbar sind {methods}</translation>
    </message>
    <message>
        <source>{method} needs gradients, but &apos;{model}&apos; was adopted without them; available methods are {methods}</source>
        <translation>{method} braucht Gradienten, aber »{model}« wurde ohne sie übernommen; verfügbar sind {methods}</translation>
    </message>
    <message>
        <source>the model has no card (metadata &apos;{key}&apos;): it is not the forward graph of a pair. Export one with `whylight export`</source>
        <translation>das Modell hat keine Karte (Metadaten »{key}«): es ist nicht der Vorwärtsgraph eines Paars. Exportieren Sie eines mit `whylight export`</translation>
    </message>
    <message>
        <source>&apos;{model}&apos; converts its activations from another layout by {operator}, which Ablation-CAM cannot undo. Choose Score-CAM, occlusion or RISE</source>
        <translation>»{model}« holt seine Aktivierungen durch {operator} aus einer anderen Anordnung: Ablation-CAM kann sie nicht zurückstellen. Wählen Sie Score-CAM, Occlusion oder RISE</translation>
    </message>
    <message>
        <source>the tail takes &apos;{name}&apos;, {dtype} {shape}, in addition to the activations; expected float32 with one row per image. Choose Score-CAM, occlusion or RISE</source>
        <translation>der hintere Teil nimmt neben den Aktivierungen »{name}«, {dtype} {shape}; erwartet wird float32, eine Zeile je Bild. Wählen Sie Score-CAM, Occlusion oder RISE</translation>
    </message>
    <message>
        <source>{path}: {kind} images need the package &apos;{package}&apos;: pip install &apos;whylight[{extra}]&apos;</source>
        <translation>{path}: Bilder in {kind} brauchen das Paket &apos;{package}&apos;: pip install &apos;whylight[{extra}]&apos;</translation>
    </message>
    <message>
        <source>layer &apos;{layer}&apos; holds no map that the scores depend on{hint}</source>
        <translation>Die Schicht &apos;{layer}&apos; enthält keine Karte, von der die Werte abhängen{hint}</translation>
    </message>
    <message>
        <source>the network has no layer &apos;{layer}&apos;{hint}</source>
        <translation>Das Netz hat keine Schicht &apos;{layer}&apos;{hint}</translation>
    </message>
    <message>
        <source>to_dataframe needs pandas: pip install pandas</source>
        <translation>to_dataframe braucht pandas: pip install pandas</translation>
    </message>
    <message>
        <source>there is no panel &apos;{panel}&apos;; there are {known}</source>
        <translation>es gibt keine Ansicht „{panel}“; es gibt {known}</translation>
    </message>
    <message>
        <source>plot needs matplotlib: pip install matplotlib</source>
        <translation>plot braucht matplotlib: pip install matplotlib</translation>
    </message>
    <message>
        <source>there is no score {index}: the result has {count}</source>
        <translation>es gibt keine Bewertung {index}: das Ergebnis hat {count}</translation>
    </message>
    <message>
        <source>export the model to ONNX first</source>
        <translation>exportieren Sie das Modell erst nach ONNX</translation>
    </message>
    <message>
        <source>{path}: {what}</source>
        <translation>{path}: {what}</translation>
    </message>
    <message>
        <source>{path}: the file is truncated or damaged: it does not hold a whole ONNX model. Copy or download it again</source>
        <translation>{path}: die Datei ist abgeschnitten oder beschädigt: sie enthält kein ganzes ONNX-Modell. Kopieren oder laden Sie sie noch einmal</translation>
    </message>
    <message>
        <source>{path}: ONNX Runtime cannot load it: {reason}</source>
        <translation>{path}: ONNX Runtime kann es nicht laden: {reason}</translation>
    </message>
    <message>
        <source>the file is empty</source>
        <translation>die Datei ist leer</translation>
    </message>
    <message>
        <source>this is a Git LFS pointer and not the model itself; run git lfs pull in its repository to get it</source>
        <translation>das ist ein Zeiger von Git LFS und nicht das Modell selbst; git lfs pull in seinem Repository holt es</translation>
    </message>
    <message>
        <source>this is a web page and no ONNX model: a download gave the page in place of the file</source>
        <translation>das ist eine Webseite und kein ONNX-Modell: statt der Datei wurde die Seite heruntergeladen</translation>
    </message>
    <message>
        <source>this is a ZIP archive and no ONNX model, such as a PyTorch checkpoint or a Keras file; {way_out}</source>
        <translation>das ist ein ZIP-Archiv und kein ONNX-Modell, etwa ein Checkpoint von PyTorch oder eine Datei von Keras; {way_out}</translation>
    </message>
    <message>
        <source>this is a Python pickle and no ONNX model; {way_out}</source>
        <translation>das ist ein Pickle von Python und kein ONNX-Modell; {way_out}</translation>
    </message>
    <message>
        <source>this is an HDF5 file and no ONNX model; {way_out}</source>
        <translation>das ist eine HDF5-Datei und kein ONNX-Modell; {way_out}</translation>
    </message>
    <message>
        <source>this is a TensorFlow Lite model and no ONNX model; python -m tf2onnx.convert --tflite converts it</source>
        <translation>das ist ein Modell von TensorFlow Lite und kein ONNX-Modell; python -m tf2onnx.convert --tflite wandelt es um</translation>
    </message>
    <message>
        <source>this is text and no ONNX model</source>
        <translation>das ist Text und kein ONNX-Modell</translation>
    </message>
    <message>
        <source>the model</source>
        <translation>das Modell</translation>
    </message>
    <message>
        <source>{what}: ONNX Runtime cannot load it: {reason}</source>
        <translation>{what}: ONNX Runtime kann es nicht laden: {reason}</translation>
    </message>
    <message>
        <source>CUDA was asked for, but this ONNX Runtime is built without it; the package onnxruntime-gpu has it</source>
        <translation>CUDA war gewünscht, aber dieses ONNX Runtime ist ohne gebaut; das Paket onnxruntime-gpu enthält es</translation>
    </message>
    <message>
        <source>{wanted} was asked for, but this ONNX Runtime is built without it</source>
        <translation>{wanted} war gewünscht, aber dieses ONNX Runtime ist ohne gebaut</translation>
    </message>
    <message>
        <source>{wanted} was asked for, but did not start: {reason}</source>
        <translation>{wanted} war gewünscht, startete aber nicht: {reason}</translation>
    </message>
</context>
<context>
    <name>FaithfulnessView</name>
    <message>
        <source>Test this map</source>
        <translation>Diese Karte prüfen</translation>
    </message>
    <message>
        <source>Cover the image step by step, most important places first, and see what the model says (D)</source>
        <translation>Das Bild Schritt für Schritt verdecken, die wichtigsten Stellen zuerst, und sehen, was das Modell sagt (D)</translation>
    </message>
    <message>
        <source>If the map is right, covering the marked places changes the answer quickly, and showing only them brings it back quickly: faster than with maps that know nothing of the model.</source>
        <translation>Stimmt die Karte, so ändert das Verdecken der markierten Stellen die Antwort schnell, und sie allein zu zeigen bringt sie schnell zurück: schneller als bei Karten, die vom Modell nichts wissen.</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>Wird gemessen…</translation>
    </message>
    <message>
        <source>Deletion, which covers everything with one colour, does not show it: such images are unlike any that a model has learned from, and the verdict leaves them out.</source>
        <translation>Deletion, die alles mit einer Farbe zudeckt, zeigt es nicht: Solche Bilder gleichen keinem, aus dem ein Modell gelernt hat, und das Urteil lässt sie aus.</translation>
    </message>
    <message>
        <source>ROAD</source>
        <translation>ROAD</translation>
    </message>
    <message>
        <source>Insertion</source>
        <translation>Insertion</translation>
    </message>
    <message>
        <source>Deletion</source>
        <translation>Deletion</translation>
    </message>
    <message>
        <source>{name}: {own}; random maps {lowest} to {highest}</source>
        <translation>{name}: {own}; Zufallskarten {lowest} bis {highest}</translation>
    </message>
    <message>
        <source>Covering the marked places {effect} faster than covering places at random, the middle or the edges: this map marks places that count for the model.</source>
        <translation>Das Verdecken der markierten Stellen {effect} schneller als das zufälliger Stellen, der Mitte oder der Kanten: Diese Karte markiert Stellen, die für das Modell zählen.</translation>
    </message>
    <message>
        <source>Covering the marked places {effect} faster than covering places at random, but the middle or the edges of the image do as well: this map need not say more than where the object is.</source>
        <translation>Das Verdecken der markierten Stellen {effect} schneller als das zufälliger Stellen, aber die Mitte oder die Kanten des Bildes leisten dasselbe: Diese Karte muss nicht mehr sagen, als wo der Gegenstand ist.</translation>
    </message>
    <message>
        <source>Covering the marked places {effect} hardly faster than covering places at random, or by only one of the two measures: do not rely on this map by itself.</source>
        <translation>Das Verdecken der markierten Stellen {effect} kaum schneller als das Verdecken zufälliger Stellen, oder nur nach einem der beiden Maße: Verlassen Sie sich nicht allein auf diese Karte.</translation>
    </message>
    <message>
        <source>Covering and showing the marked places, taken together, {effect} no faster than places at random: do not rely on this map.</source>
        <translation>Die markierten Stellen zu verdecken und zu zeigen {effect}, zusammengenommen, nicht schneller als bei zufälligen Stellen: auf diese Karte ist kein Verlass.</translation>
    </message>
    <message>
        <source>Whatever is covered, the answer hardly changes: this test says nothing about the map.</source>
        <translation>Was auch verdeckt wird, die Antwort ändert sich kaum: Diese Prüfung sagt nichts über die Karte.</translation>
    </message>
    <message>
        <source>raises {name}</source>
        <translation>hebt {name}</translation>
    </message>
    <message>
        <source>lowers the lead of {name} over {other}</source>
        <translation>senkt den Vorsprung von {name} vor {other}</translation>
    </message>
    <message>
        <source>lowers {name}</source>
        <translation>senkt {name}</translation>
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
        <source>Most certain first</source>
        <translation>Sicherste zuerst</translation>
    </message>
    <message>
        <source>Least certain first</source>
        <translation>Unsicherste zuerst</translation>
    </message>
    <message>
        <source>Show only images with this mark</source>
        <translation>Nur Bilder mit dieser Markierung zeigen</translation>
    </message>
    <message>
        <source>Marked or not</source>
        <translation>Markiert oder nicht</translation>
    </message>
    <message>
        <source>Marked</source>
        <translation>Markiert</translation>
    </message>
    <message>
        <source>Not marked</source>
        <translation>Nicht markiert</translation>
    </message>
    <message>
        <source>Confusions</source>
        <translation>Verwechslungen</translation>
    </message>
    <message>
        <source>Confusions, recall and precision (T)</source>
        <translation>Verwechslungen, Trefferquote und Genauigkeit (T)</translation>
    </message>
    <message>
        <source>The model was trained on {data_set}: for images of it this says little.</source>
        <translation>Trainiert mit {data_set}: Für Bilder daraus sagt das wenig.</translation>
    </message>
    <message>
        <source>Most alike first</source>
        <translation>Ähnlichste zuerst</translation>
    </message>
    <message>
        <source>Least alike first</source>
        <translation>Unähnlichste zuerst</translation>
    </message>
    <message>
        <source>Where the models differ most</source>
        <translation>Wo die Modelle am meisten abweichen</translation>
    </message>
    <message>
        <source>Folder&apos;s class: {label}  ✕</source>
        <translation>Klasse des Ordners: {label}  ✕</translation>
    </message>
    <message>
        <source>{label} mistaken for {predicted}  ✕</source>
        <translation>{label}, gehalten für {predicted}  ✕</translation>
    </message>
    <message>
        <source>{label}, recognised  ✕</source>
        <translation>{label}, erkannt  ✕</translation>
    </message>
    <message>
        <source>{boxes} in {images}</source>
        <translation>{boxes} in {images}</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
    <message>
        <source>{share} % correct so far ({right} of {total})</source>
        <translation>bisher {share} % richtig ({right} von {total})</translation>
    </message>
    <message>
        <source>{share} % correct ({right} of {total})</source>
        <translation>{share} % richtig ({right} von {total})</translation>
    </message>
    <message>
        <source>not counted: {count} in other folders</source>
        <translation>nicht gezählt: {count} in anderen Ordnern</translation>
    </message>
    <message>
        <source>Counted are images in folders that are named after a class.</source>
        <translation>Gezählt werden Bilder in Ordnern, die nach einer Klasse heißen.</translation>
    </message>
    <message>
        <source>Mistakes only</source>
        <translation>Nur Fehler</translation>
    </message>
    <message>
        <source>The model&apos;s card may name its accuracy on images held out.</source>
        <translation>Die Karte des Modells nennt vielleicht seine Genauigkeit bei zurückgehaltenen Bildern.</translation>
    </message>
    <message>
        <source>Show all images again</source>
        <translation>Wieder alle Bilder zeigen</translation>
    </message>
</context>
<context>
    <name>GalleryController</name>
    <message>
        <source>Images that cannot be read: {counts}.</source>
        <translation>Bilder, die nicht gelesen werden können: {counts}.</translation>
    </message>
    <message>
        <source>HEIC, AVIF and JPEG XL need the extra whylight[heic].</source>
        <translation>HEIC, AVIF und JPEG XL brauchen das Extra whylight[heic].</translation>
    </message>
    <message>
        <source>Images and videos left out: {counts}.</source>
        <translation>Ausgelassene Bilder und Videos: {counts}.</translation>
    </message>
    <message>
        <source>No supported images (JPEG, PNG, WebP, TIFF, BMP, GIF) in what was opened. Drop images or a folder here, or open one.</source>
        <translation>Keine lesbaren Bilder (JPEG, PNG, WebP, TIFF, BMP, GIF) unter dem, was geöffnet wurde. Ziehen Sie Bilder oder einen Ordner hierher, oder öffnen Sie einen.</translation>
    </message>
    <message>
        <source>No supported images (JPEG, PNG, WebP, TIFF, BMP, GIF) in {folders}. Drop images or a folder here, or open one.</source>
        <translation>Keine lesbaren Bilder (JPEG, PNG, WebP, TIFF, BMP, GIF) in {folders}. Ziehen Sie Bilder oder einen Ordner hierher, oder öffnen Sie einen.</translation>
    </message>
    <message>
        <source>Sub-folders are not included (S).</source>
        <translation>Unterordner sind nicht einbezogen (S).</translation>
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
    <message>
        <source>Compared</source>
        <translation>Verglichen</translation>
    </message>
    <message>
        <source>These are samples. Drop your own images or folders here.</source>
        <translation>Dies sind Beispiele. Eigene Bilder oder Ordner hier ablegen.</translation>
    </message>
</context>
<context>
    <name>ImageList</name>
    <message>
        <source>The model says {predicted}, the folder {label}.</source>
        <translation>Das Modell sagt {predicted}, der Ordner {label}.</translation>
    </message>
    <message>
        <source>The two models differ by {share} %.</source>
        <translation>Die beiden Modelle weichen um {share} % ab.</translation>
    </message>
    <message>
        <source>Marked: {mark}</source>
        <translation>Markiert: {mark}</translation>
    </message>
    <message>
        <source>marked: {mark}</source>
        <translation>markiert: {mark}</translation>
    </message>
    <message>
        <source>nothing found</source>
        <translation>nichts gefunden</translation>
    </message>
    <message>
        <source>nothing read</source>
        <translation>nichts gelesen</translation>
    </message>
</context>
<context>
    <name>InputControls</name>
    <message>
        <source>How images come to the model</source>
        <translation>Wie Bilder zum Modell kommen</translation>
    </message>
    <message>
        <source>Try all</source>
        <translation>Alle probieren</translation>
    </message>
    <message>
        <source>What the model answers with each setting, side by side</source>
        <translation>Was das Modell mit jeder Einstellung antwortet, nebeneinander</translation>
    </message>
    <message>
        <source>Geometry</source>
        <translation>Geometrie</translation>
    </message>
    <message>
        <source>share as proposed</source>
        <translation>Anteil wie vorgeschlagen</translation>
    </message>
    <message>
        <source>Share of the shorter side that is cropped</source>
        <translation>Anteil der kürzeren Seite, der ausgeschnitten wird</translation>
    </message>
    <message>
        <source>Interpolation</source>
        <translation>Interpolation</translation>
    </message>
    <message>
        <source>antialiased</source>
        <translation>geglättet</translation>
    </message>
    <message>
        <source>blue first (BGR)</source>
        <translation>Blau zuerst (BGR)</translation>
    </message>
    <message>
        <source>Range of the values</source>
        <translation>Bereich der Werte</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittelwert</translation>
    </message>
    <message>
        <source>Standard deviation</source>
        <translation>Standardabweichung</translation>
    </message>
    <message>
        <source>Three numbers, of values in 0 to 1; empty: as proposed</source>
        <translation>Drei Zahlen, für Werte von 0 bis 1; leer: wie vorgeschlagen</translation>
    </message>
    <message>
        <source>Values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>as the file, or one beside it, says</source>
        <translation>wie die Datei oder eine daneben sagt</translation>
    </message>
    <message>
        <source>as proposed</source>
        <translation>wie vorgeschlagen</translation>
    </message>
    <message>
        <source>geometry as proposed</source>
        <translation>Geometrie wie vorgeschlagen</translation>
    </message>
    <message>
        <source>stretched</source>
        <translation>verzerrt</translation>
    </message>
    <message>
        <source>the centre, shorter side to the input&apos;s</source>
        <translation>die Mitte, kürzere Seite auf die der Eingabe</translation>
    </message>
    <message>
        <source>the centre, shorter side to 256</source>
        <translation>die Mitte, kürzere Seite auf 256</translation>
    </message>
    <message>
        <source>padded with black</source>
        <translation>schwarz aufgefüllt</translation>
    </message>
    <message>
        <source>padded with grey</source>
        <translation>grau aufgefüllt</translation>
    </message>
    <message>
        <source>range as proposed</source>
        <translation>Bereich wie vorgeschlagen</translation>
    </message>
    <message>
        <source>Filled: as proposed</source>
        <translation>Ausgefüllt: wie vorgeschlagen</translation>
    </message>
</context>
<context>
    <name>LayerBox</name>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Explained layer (L)</source>
        <translation>Erklärte Schicht (L)</translation>
    </message>
    <message>
        <source>none: the image itself is covered</source>
        <translation>keine: das Bild selbst wird verdeckt</translation>
    </message>
    <message>
        <source>{name}: {channels} channels</source>
        <translation>{name}: {channels} Kanäle</translation>
    </message>
    <message>
        <source>Covers only part of the network</source>
        <translation>Erfasst nur einen Teil des Netzes</translation>
    </message>
    <message>
        <source>The model&apos;s own layer, the safest choice.</source>
        <translation>Die eigene Schicht des Modells, die sicherste Wahl.</translation>
    </message>
    <message>
        <source>An early layer: it sees edges and textures more than things.</source>
        <translation>Eine frühe Schicht: Sie sieht eher Kanten und Muster als Dinge.</translation>
    </message>
    <message>
        <source>{layer} (recommended)</source>
        <translation>{layer} (empfohlen)</translation>
    </message>
</context>
<context>
    <name>LikenessController</name>
    <message>
        <source>{name}: what is unlike {image}</source>
        <translation>{name}: was anders ist als in {image}</translation>
    </message>
    <message>
        <source>evidence against likeness to {image}</source>
        <translation>was gegen die Ähnlichkeit mit {image} spricht</translation>
    </message>
    <message>
        <source>{name}: what is alike {image}</source>
        <translation>{name}: was {image} ähnlich ist</translation>
    </message>
    <message>
        <source>evidence for likeness to {image}</source>
        <translation>was für die Ähnlichkeit mit {image} spricht</translation>
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
        <source>Can I trust this map?</source>
        <translation>Karte verlässlich?</translation>
    </message>
    <message>
        <source>Settings and recent folders are not kept: {file} cannot be written.</source>
        <translation>Einstellungen und zuletzt geöffnete Ordner werden nicht behalten: {file} kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>{name} – Whylight</source>
        <translation>{name} – Whylight</translation>
    </message>
</context>
<context>
    <name>Manual</name>
    <message>
        <source>Manual</source>
        <translation>Handbuch</translation>
    </message>
    <message>
        <source>Pages of the manual</source>
        <translation>Seiten des Handbuchs</translation>
    </message>
    <message>
        <source>Page of the manual</source>
        <translation>Seite des Handbuchs</translation>
    </message>
</context>
<context>
    <name>MapTestChart</name>
    <message>
        <source>Measurements of the map</source>
        <translation>Messwerte der Karte</translation>
    </message>
    <message>
        <source>ROAD: right is better</source>
        <translation>ROAD: rechts ist besser</translation>
    </message>
    <message>
        <source>Insertion: higher is better</source>
        <translation>Insertion: höher ist besser</translation>
    </message>
    <message>
        <source>of the image shown</source>
        <translation>des Bildes gezeigt</translation>
    </message>
    <message>
        <source>Deletion: lower is better</source>
        <translation>Deletion: tiefer ist besser</translation>
    </message>
    <message>
        <source>of the image covered</source>
        <translation>des Bildes verdeckt</translation>
    </message>
    <message>
        <source>this map</source>
        <translation>diese Karte</translation>
    </message>
    <message>
        <source>random maps</source>
        <translation>Zufallskarten</translation>
    </message>
    <message>
        <source>blob in the middle</source>
        <translation>Fleck in der Mitte</translation>
    </message>
    <message>
        <source>edges of the image</source>
        <translation>Kanten des Bildes</translation>
    </message>
</context>
<context>
    <name>MarkController</name>
    <message>
        <source>No longer marked: {name}, which the filter hides in the list.</source>
        <translation>Nicht mehr markiert: {name}, in der Liste vom Filter verborgen.</translation>
    </message>
    <message>
        <source>Marked as {mark}: {name}, which the filter hides in the list.</source>
        <translation>Als „{mark}“ markiert: {name}, in der Liste vom Filter verborgen.</translation>
    </message>
    <message>
        <source>Marks saved: {count}, in {path}</source>
        <translation>Markierungen gesichert: {count}, in {path}</translation>
    </message>
    <message>
        <source>Images copied: {count}, to {path}</source>
        <translation>Bilder kopiert: {count}, nach {path}</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>marks</source>
        <translation>markierungen</translation>
    </message>
    <message>
        <source>The marks cannot be saved in {path}: {reason}</source>
        <translation>Die Markierungen können nicht in {path} gesichert werden: {reason}</translation>
    </message>
</context>
<context>
    <name>Marks</name>
    <message>
        <source>right</source>
        <translation>richtig</translation>
    </message>
    <message>
        <source>wrong label</source>
        <translation>falsche Klasse</translation>
    </message>
    <message>
        <source>interesting</source>
        <translation>interessant</translation>
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
    <name>MethodHints</name>
    <message>
        <source>{method} (slow)</source>
        <translation>{method} (langsam)</translation>
    </message>
    <message>
        <source>{method} (recommended)</source>
        <translation>{method} (empfohlen)</translation>
    </message>
    <message>
        <source>Which thing speaks for the class. In measurements the best at pointing to it.</source>
        <translation>Welches Ding für die Klasse spricht. In Messungen zeigt sie am besten darauf.</translation>
    </message>
    <message>
        <source>Meant for several things of one class. Made for layers behind a ReLU; it may mislead at others.</source>
        <translation>Für mehrere Dinge einer Klasse. Gemacht für Schichten hinter einer ReLU; bei anderen kann sie irreführen.</translation>
    </message>
    <message>
        <source>Grad-CAM with other weights. Made for layers behind a ReLU; it may mislead at others.</source>
        <translation>Grad-CAM mit anderen Gewichten. Gemacht für Schichten hinter einer ReLU; bei anderen kann sie irreführen.</translation>
    </message>
    <message>
        <source>Like Grad-CAM, but each place by its own gradient. Finer, a little noisier.</source>
        <translation>Wie Grad-CAM, aber jede Stelle mit ihrem eigenen Gradienten. Feiner, etwas unruhiger.</translation>
    </message>
    <message>
        <source>Only the positive part of each place and channel. Mostly the same map as LayerCAM.</source>
        <translation>Nur der positive Teil jeder Stelle und jedes Kanals. Meist dieselbe Karte wie LayerCAM.</translation>
    </message>
    <message>
        <source>Which pixels hold the answer up. Also for earlier layers with finer maps.</source>
        <translation>Welche Pixel die Antwort tragen. Auch für frühere Schichten mit feineren Karten.</translation>
    </message>
    <message>
        <source>What the network reacts to most. It knows no class: every question has the same map.</source>
        <translation>Worauf das Netz am meisten reagiert. Sie kennt keine Klasse: Jede Frage hat dieselbe Karte.</translation>
    </message>
    <message>
        <source>EigenCAM of activations times gradients. Follows the class, but less surely.</source>
        <translation>EigenCAM aus Aktivierungen mal Gradienten. Folgt der Klasse, aber weniger sicher.</translation>
    </message>
    <message>
        <source>Runs the model once for each channel: what remains of the answer behind its mask.</source>
        <translation>Rechnet das Modell einmal je Kanal: was von der Antwort hinter dessen Maske bleibt.</translation>
    </message>
    <message>
        <source>Runs the model&apos;s end once for each channel: what the answer loses without it.</source>
        <translation>Rechnet das Ende des Modells einmal je Kanal: was der Antwort ohne ihn fehlt.</translation>
    </message>
    <message>
        <source>Covers one place after the other: what the answer loses. Needs no gradients.</source>
        <translation>Verdeckt eine Stelle nach der anderen: was der Antwort fehlt. Braucht keine Gradienten.</translation>
    </message>
    <message>
        <source>Covers 1,000 random patterns: which places the answer depends on. Coarse, no gradients.</source>
        <translation>Verdeckt 1.000 Zufallsmuster: von welchen Stellen die Antwort abhängt. Grob, ohne Gradienten.</translation>
    </message>
</context>
<context>
    <name>ModelController</name>
    <message>
        <source>No model is open: images are shown without explanation. Open a model (Ctrl+M).</source>
        <translation>Kein Modell ist offen: Bilder werden ohne Erklärung gezeigt. Öffnen Sie ein Modell (Strg+M).</translation>
    </message>
    <message>
        <source>Still using {name}.</source>
        <translation>{name} bleibt in Gebrauch.</translation>
    </message>
    <message>
        <source>Opening {name}…</source>
        <translation>{name} wird geöffnet …</translation>
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
        <source>Report written: {path}</source>
        <translation>Bericht geschrieben: {path}</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
</context>
<context>
    <name>PanelsView</name>
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
        <source>not seen by the model</source>
        <translation>vom Modell nicht gesehen</translation>
    </message>
    <message>
        <source>Paint over the image to hide parts. Esc: done</source>
        <translation>Über das Bild malen, um Teile zu verdecken. Esc: fertig</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>this method finds no {evidence} at this layer</source>
        <translation>diese Methode findet in dieser Schicht nicht: {evidence}</translation>
    </message>
    <message>
        <source>the model cannot tell the two apart</source>
        <translation>das Modell kann die beiden nicht unterscheiden</translation>
    </message>
    <message>
        <source>what the network reacts to, whatever the class</source>
        <translation>worauf das Netz reagiert, gleich welche Klasse</translation>
    </message>
    <message>
        <source>{colour}: strongest of the references</source>
        <translation>{colour}: am stärksten unter den Vergleichen</translation>
    </message>
    <message>
        <source>{colour}: strongest of the largest answers</source>
        <translation>{colour}: am stärksten unter den größten Antworten</translation>
    </message>
    <message>
        <source>{colour}: strongest in this map (this method has no fixed scale)</source>
        <translation>{colour}: am stärksten in dieser Karte (die Methode hat keine feste Skala)</translation>
    </message>
    <message>
        <source>{colour}: strongest in this map</source>
        <translation>{colour}: am stärksten in dieser Karte</translation>
    </message>
    <message>
        <source>{colour}: strongest of the likely classes</source>
        <translation>{colour}: am stärksten unter den Klassen</translation>
    </message>
    <message>
        <source>{colour}: strongest in the images seen so far</source>
        <translation>{colour}: am stärksten in den bisher gesehenen Bildern</translation>
    </message>
    <message>
        <source>{colour}: a fixed amount, in logits</source>
        <translation>{colour}: ein fester Betrag, in Logits</translation>
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
    <name>Place</name>
    <message>
        <source>mainly inside the box ({share} % of it)</source>
        <translation>hauptsächlich im Rahmen (zu {share} %)</translation>
    </message>
    <message>
        <source>mainly outside the box ({share} % of it)</source>
        <translation>hauptsächlich außerhalb des Rahmens (zu {share} %)</translation>
    </message>
    <message>
        <source>in the box and around it ({share} % inside)</source>
        <translation>im Rahmen und um ihn herum (zu {share} % darin)</translation>
    </message>
    <message>
        <source>mainly inside the region ({share} % of it)</source>
        <translation>hauptsächlich im Gebiet (zu {share} %)</translation>
    </message>
    <message>
        <source>mainly outside the region ({share} % of it)</source>
        <translation>hauptsächlich außerhalb des Gebiets (zu {share} %)</translation>
    </message>
    <message>
        <source>in the region and around it ({share} % inside)</source>
        <translation>im Gebiet und darum herum (zu {share} % darin)</translation>
    </message>
    <message>
        <source>in several parts of the image</source>
        <translation>in mehreren Teilen des Bildes</translation>
    </message>
    <message>
        <source>mainly {where}</source>
        <translation>vor allem {where}</translation>
    </message>
    <message>
        <source>mainly {where} ({share} % of it)</source>
        <translation>vor allem {where} ({share} % davon)</translation>
    </message>
    <message>
        <source>in the upper left</source>
        <translation>oben links</translation>
    </message>
    <message>
        <source>in the upper right</source>
        <translation>oben rechts</translation>
    </message>
    <message>
        <source>in the lower left</source>
        <translation>unten links</translation>
    </message>
    <message>
        <source>in the lower right</source>
        <translation>unten rechts</translation>
    </message>
    <message>
        <source>in the middle</source>
        <translation>in der Mitte</translation>
    </message>
    <message>
        <source>in the left third</source>
        <translation>im linken Drittel</translation>
    </message>
    <message>
        <source>in the right third</source>
        <translation>im rechten Drittel</translation>
    </message>
    <message>
        <source>in the upper third</source>
        <translation>im oberen Drittel</translation>
    </message>
    <message>
        <source>in the lower third</source>
        <translation>im unteren Drittel</translation>
    </message>
    <message>
        <source>in the left half</source>
        <translation>in der linken Hälfte</translation>
    </message>
    <message>
        <source>in the right half</source>
        <translation>in der rechten Hälfte</translation>
    </message>
    <message>
        <source>in the upper half</source>
        <translation>in der oberen Hälfte</translation>
    </message>
    <message>
        <source>in the lower half</source>
        <translation>in der unteren Hälfte</translation>
    </message>
</context>
<context>
    <name>PresetTable</name>
    <message>
        <source>What the model answers with each setting</source>
        <translation>Was das Modell mit jeder Einstellung antwortet</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>Einstellung</translation>
    </message>
</context>
<context>
    <name>ProgressRow</name>
    <message>
        <source>{what}: paused at {done} of {total}</source>
        <translation>{what}: angehalten bei {done} von {total}</translation>
    </message>
    <message>
        <source>Go on: {what}</source>
        <translation>Fortsetzen: {what}</translation>
    </message>
    <message>
        <source>Pause: {what}</source>
        <translation>Anhalten: {what}</translation>
    </message>
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
        <source>{name} rather than {other}</source>
        <translation>{name} eher als {other}</translation>
    </message>
    <message>
        <source>evidence against likeness to {subject}</source>
        <translation>was gegen die Ähnlichkeit mit {subject} spricht</translation>
    </message>
    <message>
        <source>evidence for likeness to {subject}</source>
        <translation>was für die Ähnlichkeit mit {subject} spricht</translation>
    </message>
    <message>
        <source>evidence that lowers {subject}</source>
        <translation>was {subject} senkt</translation>
    </message>
    <message>
        <source>evidence that raises {subject}</source>
        <translation>was {subject} erhöht</translation>
    </message>
    <message>
        <source>evidence against {subject}</source>
        <translation>was gegen {subject} spricht</translation>
    </message>
    <message>
        <source>evidence for {subject}</source>
        <translation>was für {subject} spricht</translation>
    </message>
    <message>
        <source>What is unlike {subject}?</source>
        <translation>Was ist anders als bei {subject}?</translation>
    </message>
    <message>
        <source>What is alike {subject}?</source>
        <translation>Was ist ähnlich wie bei {subject}?</translation>
    </message>
    <message>
        <source>What lowers {subject}?</source>
        <translation>Was senkt {subject}?</translation>
    </message>
    <message>
        <source>What raises {subject}?</source>
        <translation>Was erhöht {subject}?</translation>
    </message>
    <message>
        <source>Why is no {name} found here?</source>
        <translation>Warum wird hier nicht gefunden: {name}?</translation>
    </message>
    <message>
        <source>What speaks against {name}?</source>
        <translation>Was spricht gegen {name}?</translation>
    </message>
    <message>
        <source>Why {subject} here?</source>
        <translation>Warum hier {subject}?</translation>
    </message>
    <message>
        <source>Why {subject}?</source>
        <translation>Warum {subject}?</translation>
    </message>
</context>
<context>
    <name>QuestionBar</name>
    <message>
        <source>Why?</source>
        <translation>Warum?</translation>
    </message>
    <message>
        <source>What speaks for the class (W)</source>
        <translation>Was für die Klasse spricht (W)</translation>
    </message>
    <message>
        <source>What speaks against the class (A)</source>
        <translation>Was gegen die Klasse spricht (A)</translation>
    </message>
    <message>
        <source>Why not?</source>
        <translation>Dagegen?</translation>
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
        <source>Class to compare with</source>
        <translation>Klasse zum Vergleich</translation>
    </message>
    <message>
        <source>What does the network react to? The method knows no class.</source>
        <translation>Worauf reagiert das Netz? Die Methode kennt keine Klasse.</translation>
    </message>
    <message>
        <source>{name} (folder)</source>
        <translation>{name} (Ordner)</translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Folders</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Sample images</source>
        <translation>Beispielbilder</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Clear recent</source>
        <translation>Liste leeren</translation>
    </message>
    <message>
        <source>Prepared before</source>
        <translation>Schon vorbereitet</translation>
    </message>
</context>
<context>
    <name>ReferencePanel</name>
    <message>
        <source>What the images are compared with</source>
        <translation>Womit die Bilder verglichen werden</translation>
    </message>
    <message>
        <source>Image…</source>
        <translation>Bild …</translation>
    </message>
    <message>
        <source>Compare with an image</source>
        <translation>Mit einem Bild vergleichen</translation>
    </message>
    <message>
        <source>Texts…</source>
        <translation>Texte …</translation>
    </message>
    <message>
        <source>Compare with texts, by the text half of the model</source>
        <translation>Mit Texten vergleichen, durch die Texthälfte des Modells</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Compare with the marked image or text no longer</source>
        <translation>Mit dem markierten Bild oder Text nicht mehr vergleichen</translation>
    </message>
    <message>
        <source>Compared with:</source>
        <translation>Verglichen mit:</translation>
    </message>
    <message>
        <source>This model has no classes: it compares. Drop an image here, or choose what to compare with.</source>
        <translation>Dieses Modell kennt keine Klassen, es vergleicht. Ein Bild hierher ziehen oder wählen, womit verglichen wird.</translation>
    </message>
</context>
<context>
    <name>ReferenceViewer</name>
    <message>
        <source>Image, heatmap and overlay of what the image is compared with</source>
        <translation>Bild, Wärmebild und Überlagerung dessen, womit das Bild verglichen wird</translation>
    </message>
</context>
<context>
    <name>RegionController</name>
    <message>
        <source>Read: {text}</source>
        <translation>Gelesen: {text}</translation>
    </message>
    <message>
        <source>No letter was read.</source>
        <translation>Kein Zeichen wurde gelesen.</translation>
    </message>
    <message>
        <source>Nothing was found but the background.</source>
        <translation>Außer dem Hintergrund wurde nichts gefunden.</translation>
    </message>
    <message>
        <source>Found: 1 class</source>
        <translation>Gefunden: 1 Klasse</translation>
    </message>
    <message>
        <source>Found: {count} classes</source>
        <translation>Gefunden: {count} Klassen</translation>
    </message>
</context>
<context>
    <name>RegionList</name>
    <message>
        <source>{name}, {share} of the image</source>
        <translation>{name}, {share} des Bildes</translation>
    </message>
</context>
<context>
    <name>RegionPanel</name>
    <message>
        <source>What was found, the largest region first</source>
        <translation>Was gefunden wurde, das größte Gebiet zuerst</translation>
    </message>
    <message>
        <source>All that was found of this class</source>
        <translation>Alles, was von dieser Klasse gefunden wurde</translation>
    </message>
    <message>
        <source>Explain the class wherever it was found, and not this region alone</source>
        <translation>Die Klasse überall erklären, wo sie gefunden wurde, nicht nur dieses Gebiet</translation>
    </message>
    <message>
        <source>Colours on the image</source>
        <translation>Farben auf dem Bild</translation>
    </message>
    <message>
        <source>Letters that were read, in reading order</source>
        <translation>Gelesene Zeichen, in Leserichtung</translation>
    </message>
    <message>
        <source>All of {name}</source>
        <translation>Alles von {name}</translation>
    </message>
</context>
<context>
    <name>RowPanel</name>
    <message>
        <source>Why not this class here?</source>
        <translation>Warum diese Klasse nicht hier?</translation>
    </message>
    <message>
        <source>Explain this class at the marked spot; choose another class below</source>
        <translation>Diese Klasse an der markierten Stelle erklären; eine andere lässt sich unten wählen</translation>
    </message>
    <message>
        <source>Why not {name} here?</source>
        <translation>Warum nicht {name} hier?</translation>
    </message>
</context>
<context>
    <name>SecondClasses</name>
    <message>
        <source>Classes of the second model, the most probable first</source>
        <translation>Klassen des zweiten Modells, die wahrscheinlichsten zuerst</translation>
    </message>
    <message>
        <source>Search a class of the second model</source>
        <translation>Klasse des zweiten Modells suchen</translation>
    </message>
    <message>
        <source>Second model: {name}</source>
        <translation>Zweites Modell: {name}</translation>
    </message>
</context>
<context>
    <name>SecondModel</name>
    <message>
        <source>{model}: {predicted}, {per_cent}</source>
        <translation>{model}: {predicted}, {per_cent}</translation>
    </message>
    <message>
        <source>{title}; by {method}</source>
        <translation>{title}; mit {method}</translation>
    </message>
    <message>
        <source>{title}; it has no class “{name}”</source>
        <translation>{title}; keine Klasse „{name}“</translation>
    </message>
    <message>
        <source>{title}; {name}, {share}</source>
        <translation>{title}; {name}, {share}</translation>
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
        <source>Previous and next image</source>
        <translation>Vorheriges und nächstes Bild</translation>
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
        <source>On the panels</source>
        <translation>In den Ansichten</translation>
    </message>
    <message>
        <source>Move the image</source>
        <translation>Bild verschieben</translation>
    </message>
    <message>
        <source>Brush the marked spot</source>
        <translation>Die markierte Stelle überdecken</translation>
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
        <source>Whylight opens {name} at start.</source>
        <translation>Whylight öffnet {name} beim Start.</translation>
    </message>
    <message>
        <source>The choice of {name} cannot be saved: {file} cannot be written.</source>
        <translation>Die Wahl von {name} lässt sich nicht speichern: {file} kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>{file} must be set up first. Until then, {name} is used.</source>
        <translation>{file} muss erst eingerichtet werden. Bis dahin wird {name} verwendet.</translation>
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
        <source>{device} instead of a GPU</source>
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
    <name>TextDialog</name>
    <message>
        <source>Compare with texts</source>
        <translation>Mit Texten vergleichen</translation>
    </message>
    <message>
        <source>A text a line, such as “a photo of a cat”. Of several texts, the one that fits an image best is its class.</source>
        <translation>Ein Text pro Zeile, etwa „a photo of a cat“. Von mehreren Texten ist der am besten passende die Klasse eines Bildes.</translation>
    </message>
    <message>
        <source>Texts, a line each</source>
        <translation>Texte, einer pro Zeile</translation>
    </message>
    <message>
        <source>Text half of the model (ONNX), its tokenizer.json beside it</source>
        <translation>Texthälfte des Modells (ONNX), tokenizer.json daneben</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen …</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>ThumbnailView</name>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>None of the images matches the filter above.</source>
        <translation>Keines der Bilder passt zum Filter oben.</translation>
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
        <source>How the map is computed (M)</source>
        <translation>Wie die Karte berechnet wird (M)</translation>
    </message>
    <message>
        <source>Red means</source>
        <translation>Rot heißt</translation>
    </message>
    <message>
        <source>What red means</source>
        <translation>Was Rot heißt</translation>
    </message>
    <message>
        <source>strongest here</source>
        <translation>am stärksten hier</translation>
    </message>
    <message>
        <source>among the classes</source>
        <translation>unter den Klassen</translation>
    </message>
    <message>
        <source>in the folder</source>
        <translation>im Ordner</translation>
    </message>
    <message>
        <source>a fixed amount</source>
        <translation>ein fester Betrag</translation>
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
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
    <message>
        <source>This map cannot be drawn on the scale that was chosen, {scale}</source>
        <translation>Für diese Karte gibt es die gewählte Skala nicht: {scale}</translation>
    </message>
    <message>
        <source>{colour} means</source>
        <translation>{colour} heißt</translation>
    </message>
    <message>
        <source>Opacity {share} %</source>
        <translation>Deckkraft {share} %</translation>
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
