#include "tests/data/pages/language.h"

#define WORDS_MAX 128

struct vocabulary {
    const char *code;
    bool has_spaces;
    const char *full_stop;
    const char *words; /* separated by spaces */
};

static const struct vocabulary vocabularies[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] =
        {"en", true, ". ",
         "river garden morning letter window station market bridge harbour mountain village winter summer kitchen "
         "bread "
         "butter paper pencil library doctor teacher engine wheel road forest island ocean storm silver copper wooden "
         "quiet narrow heavy bright early often never always under behind between without carries builds finds opens "
         "keeps brings writes reads repairs measures collects delivers follows answers the a of and with from into "
         "over "
         "customers visitors neighbours members drivers farmers students machines papers orders tickets rooms prices "
         "schedule delivery history quality season evening weekend holiday service support workshop museum theatre"},
    [LANGUAGE_GERMAN] =
        {"de", true, ". ",
         "der die das und mit von aus nach über unter zwischen ohne Haus Garten Fenster Brücke Straße Bahnhof Markt "
         "Fluss "
         "Berg Dorf Winter Sommer Küche Brot Butter Papier Bücherei Arzt Lehrer Wald Insel Meer Sturm Silber Kupfer "
         "still "
         "schmal schwer hell früh oft nie immer trägt baut findet öffnet behält bringt schreibt liest prüft misst "
         "sammelt "
         "liefert folgt antwortet Kunden Besucher Nachbarn Mitglieder Fahrer Bauern Schüler Maschinen Aufträge Karten "
         "Zimmer Preise Fahrplan Lieferung Geschichte Güte Jahreszeit Abend Wochenende Ferien Werkstatt Museum "
         "Theater"},
    [LANGUAGE_FRENCH] =
        {"fr", true, ". ",
         "le la les un une et avec de dans sur sous entre sans maison jardin fenêtre pont rue gare marché rivière "
         "montagne "
         "village hiver été cuisine pain beurre papier bibliothèque médecin professeur forêt île mer orage argent "
         "cuivre "
         "calme étroit lourd clair tôt souvent jamais toujours porte bâtit trouve ouvre garde apporte écrit lit répare "
         "mesure ramasse livre suit répond clients visiteurs voisins membres conducteurs fermiers élèves machines "
         "commandes "
         "billets chambres prix horaire livraison histoire qualité saison soir vacances service atelier musée théâtre"},
    [LANGUAGE_SPANISH] =
        {"es", true, ". ",
         "el la los las un una y con de en sobre bajo entre sin casa jardín ventana puente calle estación mercado río "
         "montaña pueblo invierno verano cocina pan mantequilla papel biblioteca médico maestro bosque isla mar "
         "tormenta "
         "plata cobre tranquilo estrecho pesado claro temprano nunca siempre lleva construye encuentra abre guarda "
         "trae "
         "escribe lee repara mide recoge entrega sigue responde clientes visitantes vecinos miembros conductores "
         "alumnos "
         "máquinas pedidos billetes cuartos precios horario entrega historia calidad temporada tarde vacaciones taller "
         "museo"},
    [LANGUAGE_RUSSIAN] = {"ru", true, ". ",
                          "и в на с от из под между без дом сад окно мост улица вокзал рынок река гора деревня зима "
                          "лето кухня хлеб масло "
                          "бумага библиотека врач учитель лес остров море буря серебро медь тихий узкий тяжёлый "
                          "светлый рано часто никогда "
                          "всегда несёт строит находит открывает хранит приносит пишет читает чинит измеряет собирает "
                          "доставляет следует "
                          "отвечает покупатели гости соседи участники водители ученики машины заказы билеты комнаты "
                          "цены расписание доставка "
                          "история качество сезон вечер выходные праздник служба мастерская музей театр"},
    [LANGUAGE_ARABIC] =
        {"ar", true, ". ",
         "في من على مع إلى عن بين تحت بدون بيت حديقة نافذة جسر شارع محطة سوق نهر جبل قرية شتاء صيف مطبخ خبز زبدة ورق "
         "مكتبة طبيب معلم غابة جزيرة بحر عاصفة فضة نحاس هادئ ضيق ثقيل مشرق مبكرا غالبا أبدا دائما يحمل يبني يجد يفتح "
         "يحفظ يجلب يكتب يقرأ يصلح يقيس يجمع يسلم يتبع يجيب زبائن زوار جيران أعضاء سائقون طلاب آلات طلبات تذاكر غرف "
         "أسعار "
         "جدول توصيل تاريخ جودة موسم مساء عطلة خدمة ورشة متحف مسرح"},
    [LANGUAGE_KOREAN] = {"ko", true, ". ",
                         "집은 정원이 창문을 다리를 거리에 역에서 시장은 강이 산을 마을에 겨울은 여름이 부엌에서 빵을 "
                         "버터와 종이를 도서관은 "
                         "의사가 선생님은 숲에서 섬으로 바다를 폭풍이 은과 구리를 조용한 좁은 무거운 밝은 일찍 자주 "
                         "결코 항상 나른다 짓는다 찾는다 "
                         "연다 지킨다 가져온다 쓴다 읽는다 고친다 잰다 모은다 배달한다 따른다 대답한다 손님은 방문객이 "
                         "이웃과 회원은 운전사가 농부는 "
                         "학생들이 기계를 주문은 표를 방의 가격은 시간표 배송 역사와 품질은 계절마다 저녁에 주말은 "
                         "휴일에 공방 박물관 극장"},
    [LANGUAGE_CHINESE] = {"zh", false, "。",
                          "我们 你们 他们 房子 花园 窗户 桥梁 街道 车站 市场 河流 高山 村庄 冬天 夏天 厨房 面包 黄油 "
                          "纸张 图书馆 医生 老师 森林 岛屿 "
                          "海洋 风暴 白银 铜器 安静 狭窄 沉重 明亮 很早 经常 从不 总是 携带 建造 发现 打开 保存 带来 "
                          "书写 阅读 修理 测量 收集 送到 "
                          "跟随 回答 顾客 游客 邻居 会员 司机 农民 学生 机器 订单 车票 房间 价格 时刻表 配送 历史 质量 "
                          "季节 晚上 周末 假期 服务 工坊 "
                          "博物馆 剧院 的 和 在 从 没有 之间"},
    [LANGUAGE_JAPANESE] = {"ja", false, "。",
                           "家の 庭に 窓を 橋は 道で 駅から 市場へ 川が 山の 村に 冬は 夏の 台所で パンと バターを "
                           "紙に 図書館は 医者が 先生と 森の 島へ "
                           "海を 嵐が 銀の 銅と 静かな 狭い 重い 明るい 早く よく 決して いつも 運ぶ 建てる 見つける "
                           "開ける 守る 持ってくる 書く 読む 直す "
                           "測る 集める 届ける 従う 答える お客様は 訪問者が 近所の 会員に 運転手は 農家が 学生と "
                           "機械を 注文の 切符を 部屋は 値段が "
                           "時刻表 配達 歴史と 品質の 季節に 夕方 週末は 休日の サービス 工房 博物館で 劇場へ"},
    [LANGUAGE_THAI] =
        {"th", false, " ",
         "บ้าน สวน หน้าต่าง สะพาน ถนน สถานี ตลาด แม่น้ำ ภูเขา หมู่บ้าน ฤดูหนาว ฤดูร้อน ครัว ขนมปัง เนย กระดาษ ห้องสมุด แพทย์ ครู ป่าไม้ "
         "เกาะ "
         "ทะเล พายุ เงิน ทองแดง เงียบ แคบ หนัก สว่าง เช้า บ่อย ไม่เคย เสมอ ถือ สร้าง พบ เปิด เก็บ นำมา เขียน อ่าน ซ่อม วัด รวบรวม ส่ง "
         "ตาม "
         "ตอบ ลูกค้า ผู้เยี่ยมชม เพื่อนบ้าน สมาชิก คนขับ ชาวนา นักเรียน เครื่องจักร คำสั่งซื้อ ตั๋ว ห้อง ราคา ตาราง การจัดส่ง ประวัติ คุณภาพ "
         "ฤดูกาล ตอนเย็น วันหยุด บริการ โรงงาน พิพิธภัณฑ์ โรงละคร และ ใน จาก กับ"},
};

const char *language_code(enum language language)
{
    return vocabularies[language].code;
}

bool language_has_spaces(enum language language)
{
    return vocabularies[language].has_spaces;
}

struct word_table {
    struct slice words[WORDS_MAX];
    size_t count;
};

/* Split once; the generators run in one thread. */
static const struct word_table *table_of(enum language language)
{
    static struct word_table tables[LANGUAGE_COUNT];
    struct word_table *table = &tables[language];
    struct slice rest = slice_of(vocabularies[language].words), word;
    while (table->count == 0 && rest.len > 0) {
        size_t count = 0;
        while (count < WORDS_MAX && slice_next(&rest, ' ', &word)) {
            table->words[count++] = word;
        }
        table->count = count;
    }
    return table;
}

void language_word(enum language language, struct rng *rng, struct buf *out)
{
    const struct word_table *table = table_of(language);
    buf_append_slice(out, table->words[rng_below(rng, table->count)]);
}

void language_phrase(enum language language, struct rng *rng, unsigned words, struct buf *out)
{
    for (unsigned i = 0; i < words; i++) {
        if (i > 0 && language_has_spaces(language)) {
            buf_append_byte(out, ' ');
        }
        language_word(language, rng, out);
    }
}

void language_sentence(enum language language, struct rng *rng, struct buf *out)
{
    language_phrase(language, rng, 6 + (unsigned)rng_below(rng, 10), out);
    buf_append_text(out, vocabularies[language].full_stop);
}
