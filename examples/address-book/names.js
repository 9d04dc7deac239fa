// Given and family names, put together at random: any likeness to a real person is chance.

const ARAB = {
  given:
    "Mona Omar Laila Karim Salma Youssef Nadia Tarek Heba Amr Dina Hassan Rania Sherif Aya Mahmoud Farida Ziad",
  family: "Adel Saleh Farouk Nassar Mansour Hegazy Zaki Shaheen Rashad Kamel Badawi Sabry",
};

const ARAB_IN_ARABIC = {
  given: "منى عمر ليلى كريم سلمى يوسف نادية طارق هبة عمرو دينا حسن رانيا شريف آية محمود",
  family: "عادل صالح فاروق نصار منصور حجازي زكي شاهين رشاد كامل بدوي صبري",
};

/**
 * By calling code; words apart by spaces.
 *
 * @type {Record<string, { given: string, family: string }[]>}
 */
const NAMES = {
  20: [ARAB, ARAB, ARAB_IN_ARABIC],
  966: [ARAB, ARAB_IN_ARABIC],
  971: [ARAB, ARAB_IN_ARABIC],
  1: [
    { given: "Alex Jamie Morgan Taylor Casey Jordan", family: "Reed Brooks Carter Hayes Palmer" },
  ],
  44: [{ given: "Oliver Amelia Harry Isla George Poppy", family: "Whitfield Marsh Barlow Finch" }],
  49: [{ given: "Jule Lukas Greta Jonas Käthe Jörg", family: "Schröder Weiß Krüger Böhm Vogel" }],
  33: [{ given: "Chloé Hugo Inès Théo Zoé Noël", family: "Lefèvre Garnier Rousseau Chevalier" }],
  39: [{ given: "Giulia Marco Chiara Luca Noemi", family: "Ferraro Conti Gallo D’Angelo" }],
  55: [{ given: "Beatriz Thiago João Larissa", family: "Araújo Nogueira Gonçalves Prado" }],
  54: [{ given: "Sofía Mateo Julieta Tomás", family: "Núñez Peralta Ibáñez Quiroga" }],
  52: [{ given: "Ximena Diego Renata Emilio", family: "Ávila Cárdenas Villaseñor" }],
  91: [{ given: "Priya Arjun Kavya Rohan", family: "Iyer Deshpande Bhatt" }],
  234: [{ given: "Chidi Ngozi Tunde Amaka", family: "Okafor Adeyemi Eze" }],
  90: [{ given: "Elif Emre Zeynep Çağrı", family: "Yıldız Şahin Öztürk" }],
};

/** Words behind a name, as people tell their contacts apart. */
const REMARKS = ["", "", "", "", "", "work", "gym", "new", "old number", "neighbour", "school"];

/**
 * @param {string} callingCode
 * @param {<T>(items: readonly T[]) => T} pick
 * @returns {{ given: string, family: string }}
 */
export function nameFor(callingCode, pick) {
  const alphabets = NAMES[callingCode];
  if (alphabets === undefined) throw new Error(`there are no names for +${callingCode}`);
  const names = pick(alphabets);
  const remark = pick(REMARKS);
  const family = pick(names.family.split(" "));
  return {
    given: pick(names.given.split(" ")),
    family: remark === "" ? family : `${family} (${remark})`,
  };
}
