/**
 * Words, their written syllables and their phonemes, judged by the rules of docs/shona.md; every onset of the spelling but
 * the rarest is in it. No native speaker has checked it. Columns are two spaces apart.
 */
const TABLE = `
bhazi  bha.zi  b̤ a z i
bhegi  bhe.gi  b̤ e ɡ i
bvudzi  bvu.dzi  b͡v u d͡z i
bvisa  bvi.sa  b͡v i s a
chokwadi  cho.kwa.di  t͡ʃ o k w a ɗ i
chirwere  chi.rwe.re  t͡ʃ i r w e r e
dare  da.re  ɗ a r e
denga  de.nga  ɗ e ᵑɡ a
dhongi  dho.ngi  d̤ o ᵑɡ i
dyara  dya.ra  ɗ j a r a
kudya  ku.dya  k u ɗ j a
dzidza  dzi.dza  d͡z i d͡z a
dzvova  dzvo.va  d͡zᵝ o ʋ a
fara  fa.ra  f a r a
foni  fo.ni  f o n i
gore  go.re  ɡ o r e
gudo  gu.do  ɡ u ɗ o
gweta  gwe.ta  ɡ w e t a
hama  ha.ma  ɦ a m a
hwahwa  hwa.hwa  ɦ w a ɦ w a
hwindo  hwi.ndo  ɦ w i ⁿd o
jeri  je.ri  d͡ʒ e r i
jira  ji.ra  d͡ʒ i r a
kamba  ka.mba  k a ᵐb a
kukwira  ku.kwi.ra  k u k w i r a
mambo  ma.mbo  m a ᵐb o
mbira  mbi.ra  ᵐb i r a
mbudzi  mbu.dzi  ᵐb u d͡z i
mbwa  mbwa  ᵐb w a
mhepo  mhe.po  m̤ e p o
mhou  mho.u  m̤ o u
muchato  mu.cha.to  m u t͡ʃ a t o
mukaka  mu.ka.ka  m u k a k a
munda  mu.nda  m u ⁿd a
murume  mu.ru.me  m u r u m e
muti  mu.ti  m u t i
mvura  mvu.ra  ᶬv u r a
mwana  mwa.na  m w a n a
mwenje  mwe.nje  m w e ⁿd͡ʒ e
ndiro  ndi.ro  ⁿd i r o
ndima  ndi.ma  ⁿd i m a
ndwara  ndwa.ra  ⁿd w a r a
ngirozi  ngi.ro.zi  ᵑɡ i r o z i
ngwena  ngwe.na  ᵑɡ w e n a
n'anga  n'a.nga  ŋ a ᵑɡ a
n’ombe  n'o.mbe  ŋ o ᵐb e
ng'ona  ng'o.na  ŋ o n a
nhau  nha.u  n̤ a u
nhoroondo  nho.ro.o.ndo  n̤ o r o o ⁿd o
njanji  nja.nji  ⁿd͡ʒ a ⁿd͡ʒ i
njiva  nji.va  ⁿd͡ʒ i ʋ a
nwa  nwa  n w a
nyama  nya.ma  ɲ a m a
nyanzvi  nya.nzvi  ɲ a ⁿzᵝ i
nyoka  nyo.ka  ɲ o k a
kunyora  ku.nyo.ra  k u ɲ o r a
nzara  nza.ra  ⁿz a r a
nzira  nzi.ra  ⁿz i r a
nzvimbo  nzvi.mbo  ⁿzᵝ i ᵐb o
nzwi  nzwi  ⁿz w i
pfuma  pfu.ma  p͡f u m a
pfura  pfu.ra  p͡f u r a
pombi  po.mbi  p o ᵐb i
pwanya  pwa.nya  p w a ɲ a
rufu  ru.fu  r u f u
rurimi  ru.ri.mi  r u r i m i
rwizi  rwi.zi  r w i z i
sango  sa.ngo  s a ᵑɡ o
sekuru  se.ku.ru  s e k u r u
shiri  shi.ri  ʃ i r i
shoko  sho.ko  ʃ o k o
svuta  svu.ta  sᶲ u t a
masvosve  ma.svo.sve  m a sᶲ o sᶲ e
swedera  swe.de.ra  s w e ɗ e r a
tenga  te.nga  t e ᵑɡ a
tsika  tsi.ka  t͡s i k a
tsvaga  tsva.ga  t͡sᶲ a ɡ a
tsvene  tsve.ne  t͡sᶲ e n e
tswanda  tswa.nda  t͡s w a ⁿd a
tyora  tyo.ra  t j o r a
uchi  u.chi  u t͡ʃ i
vhiki  vhi.ki  v̤ i k i
vhara  vha.ra  v̤ a r a
varanda  va.ra.nda  ʋ a r a ⁿd a
wona  wo.na  w o n a
yambuka  ya.mbu.ka  j a ᵐb u k a
zai  za.i  z a i
zhara  zha.ra  ʒ a r a
mazhizha  ma.zhi.zha  m a ʒ i ʒ a
zororo  zo.ro.ro  z o r o r o
zuva  zu.va  z u ʋ a
zvakanaka  zva.ka.na.ka  zᵝ a k a n a k a
zvombo  zvo.mbo  zᵝ o ᵐb o
zvino  zvi.no  zᵝ i n o
mazwi  ma.zwi  m a z w i
zvwanda  zvwa.nda  zᵝ w a ⁿd a
bwanana  bwa.na.na  ɓ w a n a n a
mumvuri  mu.mvu.ri  m u ᶬv u r i
nhembwe  nhe.mbwe  n̤ e ᵐb w e
kurwa  ku.rwa  k u r w a
bara  ba.ra  ɓ a r a
kupedzwa  ku.pe.dzwa  k u p e d͡z w a
kubatwa  ku.ba.twa  k u ɓ a t w a
ruboshwe  ru.bo.shwe  r u ɓ o ʃ w e
gwindingwi  gwi.ndi.ngwi  ɡ w i ⁿd i ᵑɡ w i
mhizha  mhi.zha  m̤ i ʒ a
nhengure  nhe.ngu.re  n̤ e ᵑɡ u r e
bhuruu  bhu.ru.u  b̤ u r u u
mabvazuva  ma.bva.zu.va  m a b͡v a z u ʋ a
makorokoto  ma.ko.ro.ko.to  m a k o r o k o t o
rubvunzo  ru.bvu.nzo  r u b͡v u ⁿz o
zvimwe  zvi.mwe  zᵝ i m w e
imba  i.mba  i ᵐb a
hurumende  hu.ru.me.nde  ɦ u r u m e ⁿd e
chiremba  chi.re.mba  t͡ʃ i r e ᵐb a
amburenzi  a.mbu.re.nzi  a ᵐb u r e ⁿz i
jekiseni  je.ki.se.ni  d͡ʒ e k i s e n i
piritsi  pi.ri.tsi  p i r i t͡s i
nezuro  ne.zu.ro  n e z u r o
nhasi  nha.si  n̤ a s i
ndapota  nda.po.ta  ⁿd a p o t a
pamusoroi  pa.mu.so.ro.i  p a m u s o r o i
makadii  ma.ka.di.i  m a k a ɗ i i
muZimbabwe  mu.zi.mba.bwe  m u z i ᵐb a ɓ w e
kuMasvingo  ku.ma.svi.ngo  k u m a sᶲ i ᵑɡ o
VaMoyo  va.mo.yo  ʋ a m o j o
vana-vana  va.na.va.na  ʋ a n a ʋ a n a
rembwa  re.mbwa  r e ᵐb w a
kufunga  ku.fu.nga  k u f u ᵑɡ a
`;

export interface Pronunciation {
  readonly word: string;
  /** Joined with full stops. */
  readonly syllables: string;
  /** Joined with spaces. */
  readonly phonemes: string;
}

export const PRONUNCIATIONS: readonly Pronunciation[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [word = '', syllables = '', phonemes = ''] = line.split('  ');
    return { word, syllables, phonemes };
  });
