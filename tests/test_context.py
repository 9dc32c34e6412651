"""What stands beside a word decides what it means: rubbish in a village or in a street, a river that smells or a toilet."""

import pytest

from gis_app.classify import classify
from gis_app.locate import named_places
from tests.test_fixtures import rows

pytestmark = pytest.mark.django_db

RUBBISH = {  # in a town: what it is there, and the same said of a village
    "街上垃圾没人收": ({"0101", "0102"}, "村里垃圾没人收"),
    "城里这条街垃圾没人清": ({"0101", "0102"}, "寨子里垃圾没人清，是个村子"),
    "我们小区三天没人来收垃圾": ({"0101", "0102"}, "我们村三天没人来收垃圾"),
    "县城主街上垃圾一直没人收走": ({"0101", "0102"}, "村头垃圾一直没人收走"),
    "步行街垃圾没人清理": ({"0101", "0102"}, "组上垃圾没人清理"),
}
SMELLS = {  # of a river: what it is there, and the same said of a toilet
    "河里臭得很": ({"0902"}, "厕所里臭得很"),
    "河水臭得走不拢": ({"0902"}, "公厕臭得走不拢"),
    "河沟水都臭了": ({"0902"}, "厕所都臭了"),
    "河里头一股臭味": ({"0902"}, "厕所里头一股臭味"),
}
PAIRS = [(text, codes) for text, (codes, _other) in (RUBBISH | SMELLS).items()]
PAIRS += [(other, {"1301"}) for _codes, other in RUBBISH.values()] + [(other, {"0107"}) for _codes, other in SMELLS.values()]


@pytest.mark.parametrize(("text", "codes"), PAIRS)
def test_what_stands_beside_a_word_decides_what_it_means(taught, text, codes):
    found = classify(text, named_places(text))
    assert found.guesses[0].category.code in codes and found.scope == "in"
    assert text not in {row["text"] for row in rows("seeds.csv")}
