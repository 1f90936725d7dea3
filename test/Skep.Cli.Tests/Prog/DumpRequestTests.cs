using Skep.Cli.Prog;

namespace Skep.Cli.Tests.Prog;

public sealed class DumpRequestTests
{
    [Theory]
    [InlineData("5", "Xlated 5 - - - -")]
    [InlineData("id 5", "Xlated id 5 - - - -")]
    [InlineData("xlated id 5 opcodes linum", "Xlated id 5 opcodes linum - -")]
    [InlineData("x tag 0123456789abcdef v", "Xlated tag 0123456789abcdef - - visual -")]
    [InlineData("jited name run op", "Jited name run opcodes - - -")]
    [InlineData("j pinned /sys/fs/bpf/x file out", "Jited pinned /sys/fs/bpf/x - - - out")]
    [InlineData("original 5", "Original 5 - - - -")]
    [InlineData("jited", "Xlated jited - - - -")]
    [InlineData("some.o opcodes", "Xlated some.o opcodes - - -")]
    public void Bpftools_words_are_understood(string words, string expected)
    {
        DumpRequest request = DumpRequest.Parse(words.Split(' '), out string? mistake)!;
        Assert.Null(mistake);
        string[] details = [request.Opcodes ? "opcodes" : "-", request.LineNumbers ? "linum" : "-", request.Visual ? "visual" : "-"];
        Assert.Equal(expected, $"{request.Code} {string.Join(' ', request.Program)} {string.Join(' ', details)} {request.File ?? "-"}");
    }

    [Theory]
    [InlineData("xlated id 5 nonsense", "'nonsense'")]
    [InlineData("xlated id 5 file", "'file' is not")]
    [InlineData("some.o opcodes more", "'more'")]
    [InlineData("xlated id 5 file out opcodes", "'file'")]
    [InlineData("jited id 5 visual", "'visual'")]
    [InlineData("map id 5", "'map id 5' names no program")]
    public void Other_words_are_refused(string words, string mentioned)
    {
        Assert.Null(DumpRequest.Parse(words.Split(' '), out string? mistake));
        Assert.Contains(mentioned, mistake, StringComparison.Ordinal);
    }
}
