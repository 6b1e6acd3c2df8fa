// What people call the filters that come with Greenroom, besides their names; in both languages, whichever the page has.

/** @type {Record<string, string>} */
const WORDS = {
  "background-blur": "bg hide room privacy portrait bokeh 背景 虚化 模糊 隐藏 隐私 房间",
  "background-replace": "bg hide room privacy virtual green screen greenscreen chroma key image 背景 替换 虚拟 绿幕 抠图 隐藏 隐私 图片",
  blur: "hide privacy soft defocus out of focus 模糊 隐藏 隐私 柔和",
  caption: "text words title name label write subtitle 文字 字幕 标题 名字 标签",
  cartoon: "comic anime toon drawing 卡通 漫画 动漫 动画",
  clock: "time date hour watch stopwatch timer 时间 日期 时钟 秒表 计时",
  "colour-map": "color colormap heat thermal infrared false 颜色 热像 红外 伪彩",
  colours: "color brightness contrast saturation warmth hue light dark 颜色 亮度 对比度 饱和度 色温 色调 亮 暗",
  delay: "late lag sync lip 延迟 延时 同步 对口型",
  echo: "reverb repeat hall cave voice 回声 混响 重复 声音 人声",
  edges: "outline lines canny contour neon 边缘 轮廓 线条",
  "face-blur": "hide anonymous anonymize privacy censor pixel 人脸 面部 隐藏 匿名 隐私 马赛克 打码",
  "face-box": "detect find frame rectangle 人脸 面部 检测 识别 方框",
  "face-overlay": "mask sticker glasses hat crown cat moustache mustache costume funny 面具 贴纸 眼镜 帽子 皇冠 猫 胡子 装扮",
  gain: "louder quieter loud quiet volume boost microphone voice 音量 大声 小声 增益 响 人声 麦克风",
  gate: "silence mute keyboard noise quiet threshold 静音 噪音 噪声 键盘 门限",
  grayscale: "grey gray greyscale b&w bw black white mono monochrome 黑白 灰度 灰色 单色",
  invert: "negative inverse reverse 反色 负片 反相",
  mirror: "flip reverse kaleidoscope upside down 镜像 翻转 反转 颠倒",
  motion: "move movement movements detect 运动 动作 移动 检测",
  "noise-suppression": "denoise noise fan background clean voice quiet 降噪 噪音 噪声 人声 清晰 安静",
  pencil: "sketch drawing draw art 铅笔 素描 手绘 绘画",
  picture: "image logo watermark photo overlay sticker 图片 图像 标志 水印 照片 贴图",
  pitch: "voice changer higher lower deep robot chipmunk anonymous disguise 变声 音调 音高 声音 人声 匿名 高 低",
  pixelate: "pixel mosaic hide anonymous censor privacy 像素 马赛克 隐藏 匿名 打码 隐私",
  pose: "body skeleton stick figure anonymous hide avatar 姿势 姿态 骨架 火柴人 匿名 隐藏 身体",
  rotate: "turn spin tilt angle 旋转 转动 角度 倾斜",
  sepia: "old vintage retro brown photo 复古 怀旧 老照片 棕色",
  trail: "ghost time motion blur slow 残影 拖影 重影 时间",
};

/** @param {string} name of a filter */
export const wordsFor = (name) => WORDS[name] ?? "";
