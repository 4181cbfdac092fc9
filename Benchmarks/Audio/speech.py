"""The bench's speech: voices of espeak-ng that the mask's training has not read, at the synthesiser's own 22.05 kHz."""
import pathlib
import sys

import numpy as np
from scipy import signal

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "EchoMask"))

import rooms  # noqa: E402
import voices  # noqa: E402

FOLDER = HERE.parent / ".build" / "audio" / "speech"

TEXTS = {
    "en-gb": "The first thing I do is open the window. Then I make coffee, and only after that do I look at the phone. "
             "Yesterday it rang at seven, which was far too early for me. Would you believe that I answered it anyway?",
    "en-us": "Last winter we painted the kitchen yellow. My brother said it would look like a lemon, and he was right. "
             "Still, every morning it makes me smile. How long have you lived in your flat, and do you like it there?",
    "en-gb-scotland": "There was a queue at the chemist, so I waited by the door. An old man told me about his garden. "
                      "He grows beans and onions, and he sleeps better than any of us. Shall I ask him how he does it?",
    "de": "Am Montag war ich beim Arzt, und er hat sich viel Zeit genommen. Danach bin ich am Fluss entlang gelaufen. "
          "Es roch nach Regen und nach Holz. Was meinen Sie, soll ich das jetzt jeden Tag machen?",
    "fr-fr": "Dimanche, nous avons mangé dans le jardin, à l'ombre du grand arbre. Ma mère a chanté une vieille chanson. "
             "Je ne l'avais pas entendue depuis des années. Est-ce que cela vous arrive aussi, parfois?",
    "es": "El martes perdí las llaves y tuve que esperar dos horas en la escalera. La vecina me trajo un vaso de agua. "
          "Hablamos de sus hijos y del calor. ¿Qué haría usted si le pasara lo mismo?",
    "it": "Ieri sera ho cucinato per tutti, ma nessuno aveva fame. Abbiamo riso molto e poi siamo usciti a camminare. "
          "La luna era grande e bassa. Secondo lei, perché ricordiamo proprio queste cose?",
    "nl": "Vorige maand heb ik een fiets gekocht, een oude groene. Hij piept en hij is zwaar, maar hij brengt me overal. "
          "Soms rijd ik zomaar naar het strand. Wanneer bent u voor het laatst aan zee geweest?",
}
# Men and women of the synthesiser, in turns.
VARIANTS = ["+m2", "+f2", "+m4", "+f4", "+m6", "+f1", "+m8", "+f5", "+m1", "+f3"]


def voice(number, rng):
    """Rate and sound of the voice of this number; language, variant, pitch and speed follow from number and generator."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    language = sorted(TEXTS)[number % len(TEXTS)]
    variant = VARIANTS[number % len(VARIANTS)]
    pitch, speed = int(rng.integers(25, 75)), int(rng.integers(140, 190))
    path = FOLDER / f"{language}{variant}-{pitch}-{speed}.wav"
    return voices.speak(str(path), language + variant, pitch, speed, TEXTS[language])


def at_rate(sound, rate):
    """Resampled and levelled to -26 dBFS while it speaks."""
    source, x = sound
    x = signal.resample_poly(x, rate // 50, source // 50) if source != rate else x
    return rooms.level(x, -26, rate)


def exactly(x, count, start=0):
    """`count` samples of a sound that begins again when it ends."""
    return np.take(x, np.arange(start, start + count), mode="wrap")
