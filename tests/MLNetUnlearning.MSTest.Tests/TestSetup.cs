// The trainer uses every processor by itself.
[assembly: DoNotParallelize]
