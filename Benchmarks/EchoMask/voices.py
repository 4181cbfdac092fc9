"""The training speech: espeak-ng voices reading short texts, cached as numpy files of 16 kHz samples."""
import os, subprocess, tempfile
import numpy as np
from scipy import signal
from scipy.io import wavfile

TEXTS = {
    "en-gb": ["Could you tell me how the week went, and what you found hard about it?", "I walked to the river and back twice; "
              "the second time it rained.", "We can meet again on Thursday at half past four, if that suits you.",
              "My sister called yesterday. She laughed, she cried, and then she made us all soup."],
    "en-us": ["Put the kettle on, sit down for a minute and breathe slowly.", "Six small dogs chased a grey squirrel up the oak.",
              "The appointment was moved, so I had time to think about what to say.", "Please speak up a little, the line is weak."],
    "de": ["Am Anfang war ich nervös, aber dann ging es besser als gedacht.", "Können wir nächste Woche weiter darüber sprechen?",
           "Die Nachbarn haben gestern bis spät gefeiert, ich habe kaum geschlafen."],
    "fr-fr": ["Je voudrais vous parler de ce qui s'est passé mardi soir.", "Le chat dort sur la chaise pendant que je travaille.",
              "Nous avons encore dix minutes, prenez tout votre temps."],
    "es": ["Quisiera contarle algo que me preocupa desde hace tiempo.", "Los niños juegan en el patio y la abuela prepara la cena."],
    "it": ["Stamattina mi sono svegliato presto e ho guardato il mare.", "Possiamo ricominciare da dove eravamo rimasti?"],
    "pt": ["Ontem choveu muito, mas hoje o céu está limpo outra vez.", "Gostaria de marcar a próxima consulta para segunda-feira."],
    "nl": ["Het gaat langzaam vooruit, maar het gaat wel vooruit.", "Kunt u dat nog een keer rustig uitleggen?"],
    "sv": ["Jag tycker om att gå i skogen när det är tyst.", "Vi hörs igen på fredag, klockan tre."],
    "pl": ["Proszę mówić trochę głośniej, bo słabo słyszę.", "Wczoraj wieczorem długo nie mogłem zasnąć."],
    "cs": ["Dnes ráno jsem zaspal a autobus mi ujel.", "Můžeme o tom mluvit příště, nespěchá to."],
    "fi": ["Huomenna aion levätä ja lukea hyvää kirjaa.", "Kiitos, tämä auttoi minua paljon."],
    "ru": ["Вчера мы долго гуляли по старому городу.", "Расскажите, пожалуйста, как вы себя чувствуете."],
    "tr": ["Bugün hava çok güzel, biraz yürüyelim.", "Bu konuda biraz daha konuşmak istiyorum."],
}
# Names behind + are espeak-ng's own variants.
VARIANTS = ["", "+m1", "+m3", "+m5", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+croak", "+whisper"]

MORE_VARIANTS = VARIANTS[:-1] + ["+m2", "+m4", "+m6", "+m8", "+klatt", "+klatt2", "+klatt4", "+Annie", "+Andy", "+Gene",
                                 "+Michael", "+belinda", "+steph", "+rob", "+linda", "+max", "+norbert", "+edward", "+whisper"]


def speak(path, voice, pitch, speed, text):
    """Rate and samples (full scale 1) of a text in a voice of espeak-ng, kept in the file `path`."""
    if not os.path.exists(path):
        subprocess.run(["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", path + ".part", text], check=True)
        os.replace(path + ".part", path)
    rate, x = wavfile.read(path)
    return rate, x.astype(np.float64) / 32768


def load(count=90, seed=5, variants=VARIANTS):
    """`count` voices, each a list of clips."""
    folder = os.path.join(tempfile.gettempdir(), f"echo-mask-voices-{count}-{seed}")
    os.makedirs(folder, exist_ok=True)
    rng = np.random.default_rng(seed)
    languages = sorted(TEXTS)
    voices = []
    for i in range(count):
        language = languages[i % len(languages)]
        # Whisper, the last one, is drawn half as often as the others.
        variant = variants[rng.integers(len(variants) - (rng.random() > 0.5))]
        pitch, speed = int(rng.integers(15, 85)), int(rng.integers(125, 210))
        clips = []
        for k, text in enumerate(TEXTS[language]):
            path = os.path.join(folder, f"{i}-{k}.wav")
            rate, x = speak(path, language + variant, pitch, speed, text)
            x = signal.resample_poly(x, 320, 441) if rate == 22050 else x
            clips.append(x / (np.abs(x).max() + 1e-9))
        voices.append(clips)
    return voices
