#include "tests/lab/theme.h"

static const char *const harbour_subjects[] = {"The harbour office",
                                               "A retired pilot",
                                               "The crew of the tender",
                                               "Our night watch",
                                               "The young lock keeper",
                                               "The dredging company",
                                               "A visiting yacht",
                                               "The fish market",
                                               "The coast guard station",
                                               "The old lighthouse",
                                               "The ferry captain",
                                               "A group of volunteers",
                                               "The chandler on the quay",
                                               "The tide commission",
                                               "The sailing school",
                                               "The boat builder",
                                               "A family of seals",
                                               "The customs house",
                                               "The weather service",
                                               "The port museum",
                                               "The tug Henrietta",
                                               "The council",
                                               "A shoal of mackerel",
                                               "The crane driver",
                                               NULL};
static const char *const harbour_verbs[] = {"publishes", "repairs",      "measures", "remembers", "guards",
                                            "paints",    "welcomes",     "inspects", "describes", "follows",
                                            "collects",  "replaces",     "sketches", "protects",  "announces",
                                            "carries",   "watches over", "restores", "counts",    "photographs",
                                            "explains",  "moves",        "tests",    "opens",     NULL};
static const char *const harbour_objects[] = {"the table of tides",
                                              "forty buoys",
                                              "a cargo of timber",
                                              "the northern breakwater",
                                              "the visitors' moorings",
                                              "every lantern on the pier",
                                              "the rope locker",
                                              "a chart from the last century",
                                              "the slipway",
                                              "the depth of the channel",
                                              "a crate of oysters",
                                              "the signal flags",
                                              "the engine of the lifeboat",
                                              "seven kinds of gulls",
                                              "the sand behind the mole",
                                              "the ferry timetable",
                                              "a wreck near the bar",
                                              "the ice house",
                                              "the anchors in the yard",
                                              "the swing bridge",
                                              "the harbour fees",
                                              "a model of the dock",
                                              "the storm warnings",
                                              "an eel trap",
                                              NULL};
static const char *const harbour_circumstances[] = {"every morning before six",
                                                    "when the wind turns east",
                                                    "for the spring regatta",
                                                    "in spite of the fog",
                                                    "with help from the school",
                                                    "since the flood of that winter",
                                                    "on the first Sunday of the month",
                                                    "without asking for money",
                                                    "as the old rules demand",
                                                    "between two high waters",
                                                    "under the eyes of the tourists",
                                                    "after a long discussion",
                                                    "behind the yellow sheds",
                                                    "until the season ends",
                                                    "twice as often as before",
                                                    "for the archive",
                                                    "while the tar is still warm",
                                                    "at the expense of the county",
                                                    "by lamplight",
                                                    "whenever the bridge is closed",
                                                    "and writes a report about it",
                                                    "to the surprise of the neighbours",
                                                    "as soon as the ice has gone",
                                                    "and nobody knows why",
                                                    NULL};

static const char *const workshop_subjects[] = {"My grandfather's plane",
                                                "An apprentice",
                                                "The master joiner",
                                                "This oak table",
                                                "The varnish",
                                                "Each drawer",
                                                "A customer from the hills",
                                                "The band saw",
                                                "The upholsterer",
                                                "Our catalogue",
                                                "The beech chair",
                                                "A good chisel",
                                                "The carver",
                                                "The timber merchant",
                                                "The glue pot",
                                                "A dovetail joint",
                                                "The show room",
                                                "The lathe",
                                                "A cradle for twins",
                                                "The walnut cabinet",
                                                NULL};
static const char *const workshop_verbs[] = {"needs",   "hides",   "shapes",   "forgives", "outlasts", "deserves",
                                             "smooths", "joins",   "requires", "displays", "supports", "conceals",
                                             "matches", "borrows", "sharpens", "warms",    "holds",    "completes",
                                             "seasons", "splits",  NULL};
static const char *const workshop_objects[] = {"three coats of linseed oil",
                                               "a hidden compartment",
                                               "the grain of the wood",
                                               "careless hands",
                                               "slow drying",
                                               "two hundred wooden pegs",
                                               "a seat of woven cane",
                                               "the legs of a writing desk",
                                               "brass fittings",
                                               "planks of the same tree",
                                               "a mirror frame",
                                               "an unhurried eye",
                                               "dry storage",
                                               "four dining chairs",
                                               "the shelves of a pharmacy",
                                               "a bevelled edge",
                                               "soft leather",
                                               "the shavings on the floor",
                                               "a bookcase",
                                               "the pattern of the veneer",
                                               NULL};
static const char *const workshop_circumstances[] = {"before it leaves the bench",
                                                     "for at least a generation",
                                                     "if the knots are few",
                                                     "however small the order",
                                                     "at a price we print openly",
                                                     "as taught in this valley",
                                                     "even in damp houses",
                                                     "on request and to measure",
                                                     "once the clamps are off",
                                                     "with a warranty of ten years",
                                                     "so that children may climb on it",
                                                     "during the drying weeks",
                                                     "by hand alone",
                                                     "rather than a machine",
                                                     "where nobody looks",
                                                     "against the fashion of the day",
                                                     "in sixteen working days",
                                                     "and smells of resin",
                                                     "down to the last screw",
                                                     "free of any plastic",
                                                     NULL};

static const char *const library_subjects[] = {
    "市立图书馆",   "新来的馆员", "古籍修复室", "周末的读书会", "儿童阅览区",   "这位老教授", "夜间自习室",
    "地方志编辑部", "志愿者小组", "数字化中心", "期刊阅览室",   "退休的校对员", NULL};
static const char *const library_verbs[] = {"整理了", "介绍了", "收藏着", "展出了", "翻译了", "保护着", "重新编目了",
                                            "捐赠了", "讨论了", "借出了", "扫描了", "抄写了", NULL};
static const char *const library_objects[] = {"一批清代的手稿",
                                              "关于海上贸易的地图",
                                              "三百多册乡土教材",
                                              "诗人的书信集",
                                              "第一版百科全书",
                                              "旧报纸的合订本",
                                              "方言录音资料",
                                              "建筑师的设计草图",
                                              "民间故事的抄本",
                                              "植物标本图册",
                                              "早期铁路的时刻表",
                                              "一部失传的戏曲",
                                              NULL};
static const char *const library_circumstances[] = {"每逢星期三下午",
                                                    "在大雨之后",
                                                    "为了迎接建馆百年",
                                                    "经过两年的准备",
                                                    "在年轻读者的帮助下",
                                                    "依照旧例",
                                                    "趁着学校放假",
                                                    "不收取任何费用",
                                                    "在二楼东侧的展厅里",
                                                    "直到月底为止",
                                                    "与邻近城市合作",
                                                    "在温度恒定的库房中",
                                                    NULL};

static const char *const tea_subjects[] = {"山里的茶农", "头春的新芽", "这把紫砂壶", "焙火师傅", "采茶的姑娘", "老茶铺",
                                           "云雾茶园",   "泉水",       "拍卖行",     "制茶学徒", NULL};
static const char *const tea_verbs[] = {"散发出", "需要",   "留住了", "挑选",   "品尝着", "改变了",
                                        "烘干了", "配得上", "酿成了", "记录下", NULL};
static const char *const tea_objects[] = {"兰花般的香气", "文火慢慢烘焙", "春天的味道", "最嫩的叶尖",
                                          "琥珀色的茶汤", "清晨的露水",   "竹编的簸箕", "陈放十年的茶砖",
                                          "微苦的回甘",   "古老的手艺",   NULL};
static const char *const tea_circumstances[] = {
    "在清明之前", "只用手工",       "沿着陡峭的山路", "当雾气散开时", "靠多年的经验",
    "在炭火旁边", "卖给远方的客人", "一年只有一次",   "坐在竹林下面", "为了自己的孩子",
    NULL};

static const struct theme themes[] = {
    [THEME_HARBOUR] = {"en", "Northmouth Harbour", "Boats, tides and people of a small port", harbour_subjects,
                       harbour_verbs, harbour_objects, harbour_circumstances, " ", ". "},
    [THEME_WORKSHOP] = {"en", "Aldermoor Joinery", "Furniture that is older than its owners", workshop_subjects,
                        workshop_verbs, workshop_objects, workshop_circumstances, " ", ". "},
    [THEME_CHINESE_LIBRARY] = {"zh", "河口市图书馆", "读书与记忆", library_subjects, library_verbs, library_objects,
                               library_circumstances, "", "。"},
    [THEME_CHINESE_TEA] = {"zh", "云岭茶园", "一叶一世界", tea_subjects, tea_verbs, tea_objects, tea_circumstances, "",
                           "。"},
};

const struct theme *theme_get(enum theme_id id)
{
    return &themes[id];
}

static const char *pick(const char *const *list, struct rng *rng)
{
    size_t count = 0;
    while (list[count] != NULL)
        count++;
    return list[rng_below(rng, count)];
}

void theme_sentence(const struct theme *theme, struct rng *rng, struct buf *out)
{
    buf_append_text(out, pick(theme->subjects, rng));
    buf_append_text(out, theme->between);
    buf_append_text(out, pick(theme->verbs, rng));
    buf_append_text(out, theme->between);
    buf_append_text(out, pick(theme->objects, rng));
    buf_append_text(out, theme->between);
    buf_append_text(out, pick(theme->circumstances, rng));
    buf_append_text(out, theme->stop);
}

void theme_heading(const struct theme *theme, struct rng *rng, struct buf *out)
{
    buf_append_text(out, pick(theme->subjects, rng));
    buf_append_text(out, theme->between[0] == '\0' ? "：" : ": ");
    buf_append_text(out, pick(theme->objects, rng));
}
