// VitePress's own theme without the fonts that it brings, and a few rules for narrow screens.

import Theme from "vitepress/theme-without-fonts";
import "./style.css";

export default Theme;
