using Skep.Bpf;
using Skep.Cli.Prog;

namespace Skep.Cli.Tests.Prog;

[Collection("working directory")]
public sealed class ProgramArgumentTests
{
    [Theory]
    [InlineData("id", "x")]
    [InlineData("id", "-1")]
    [InlineData("id", "4294967296")]
    [InlineData("id", "")]
    public void A_number_is_asked_for(params string[] words) => Assert.Contains("is not a program id", Mistake(words));

    [Fact]
    public void A_keyword_alone_wants_what_follows_it() => Assert.Contains("'id' wants what follows it", Mistake(["id"]));

    [Theory]
    [InlineData("some.o")]
    [InlineData("-5")]
    public void One_word_that_is_no_number_may_be_a_file(string word) => Assert.Null(Mistake([word]));

    [Fact]
    public void Other_words_name_nothing()
    {
        Assert.Contains("'map 5' names no program", Mistake(["map", "5"]));
        Assert.Contains("names no program", Mistake(["id", "5", "6"]));
        Assert.Contains("names no program", Mistake([]));
    }

    [Fact]
    public void A_file_goes_before_a_program_of_its_name()
    {
        string directory = Directory.CreateTempSubdirectory("skep-specifier-").FullName, before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = directory;
            File.WriteAllText("5", "");
            Assert.Null(Mistake(["5"]));
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string? Mistake(string[] words)
    {
        Assert.False(ProgramArgument.TryOpen(words, out BpfProgram? program, out string? mistake));
        Assert.Null(program);
        return mistake;
    }
}
