// Looks through the camera for QR codes: a link to open, or what another phone shows. What the camera sees stays in this page and is kept nowhere.

import decodeQR from "qr/decode.js";

/** A picture is made so small, in px of its longer side: enough for a code that fills half of it, and quickly read. */
const LOOKED_AT = 960;
/** So long between two looks: a slow phone has to show the picture too. */
const PAUSE_MS = 120;

export class Scanning {
  /** None is there, it was refused, another app has it, or the page came without TLS: what to do is the same. */
  isBlind = $state(false);
  private stream: MediaStream | undefined;
  private isOver = false;

  /** `take` is told of every code that is seen, until it has what it wants. */
  constructor(private readonly take: (text: string) => "enough" | "more") {}

  /** Shows the camera's picture until what is given back is called. */
  start(video: HTMLVideoElement): () => void {
    void this.run(video);
    return () => this.stop();
  }

  private async run(video: HTMLVideoElement): Promise<void> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      this.stream = stream;
      // Somebody may close it while the browser still asks.
      if (this.isOver) return this.stop();
      video.srcObject = stream;
      await video.play();
    } catch {
      this.isBlind = !this.isOver;
      return;
    }
    const canvas = document.createElement("canvas");
    while (!this.isOver) {
      this.look(video, canvas);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private look(video: HTMLVideoElement, canvas: HTMLCanvasElement): void {
    const text = textIn(video, canvas);
    if (text !== undefined && this.take(text) === "enough") this.stop();
  }

  private stop(): void {
    this.isOver = true;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
  }
}

/** What a code in the picture says, if there is one that can be read. */
function textIn(video: HTMLVideoElement, canvas: HTMLCanvasElement): string | undefined {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0) return undefined;
  const scale = Math.min(1, LOOKED_AT / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return undefined;
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  try {
    return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return undefined;
  }
}
