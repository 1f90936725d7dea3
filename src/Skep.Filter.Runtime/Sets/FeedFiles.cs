using Skep.Filter.Check;
using Skep.Linux.Files;

namespace Skep.Filter.Runtime.Sets;

/// <summary>Reads the feeds that the sets of a rule file name.</summary>
/// <param name="directory">Where relative paths begin: the directory of the rule file.</param>
public sealed class FeedFiles(string directory)
{
    // All feeds of a rule file together.
    private const long MostBytes = 256 << 20;

    private long _left = MostBytes;

    public FeedText Read(string path)
    {
        try
        {
            using InputStream stream = InputFile.Open(Path.Combine(directory, path), InputLimit.NamedFeed);
            string text = InputFile.ReadText(stream);
            _left -= stream.Position;
            return _left < 0
                ? new FeedText(null, $"the feeds of a rule file may have {MostBytes >> 20} MiB together")
                : new FeedText(text);
        }
        catch (IOException e)
        {
            return new FeedText(null, e.Message);
        }
    }
}
