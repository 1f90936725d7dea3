using Skep.Cli.Prog;
using Skep.Inventory.Code;

namespace Skep.Cli.Tests.Prog;

public sealed class AnalysisProgressTests
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1), Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_long_analysis_is_shown_on_a_terminal_and_the_line_removed()
    {
        using var output = new Screen();
        using (var progress = new AnalysisProgress("explaining", output, isTerminal: true, AtOnce))
            Assert.All(progress.Each([Program("first"), Program("second\u001b")], code =>
                SpinWait.SpinUntil(() => output.Text.Contains(code.Name![..5], StringComparison.Ordinal), Limit)), Assert.True);
        Assert.Contains("\rskep: explaining first, 1 of 2: ", output.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("second\u001b", output.Text, StringComparison.Ordinal);
        Assert.EndsWith("\r\u001b[K", output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_one_is_not_shown()
    {
        var output = new StringWriter();
        using (var progress = new AnalysisProgress("explaining", output, isTerminal: true, TimeSpan.FromHours(1)))
            progress.Each([Program("first")], code => code);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public async Task Nothing_is_shown_where_there_is_no_terminal()
    {
        var output = new StringWriter();
        using (new AnalysisProgress("explaining", output, isTerminal: false, AtOnce))
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void A_terminal_that_is_gone_ends_nothing()
    {
        using var output = new GoneWriter();
        using (var progress = new AnalysisProgress("explaining", output, isTerminal: true, AtOnce))
            Assert.True(progress.Each([Program("first")], _ => SpinWait.SpinUntil(() => output.Tried, Limit))[0]);
    }

    private static ProgramCode Program(string name) => CodeFileReader.Raw(new byte[8]) with { Name = name };

    private sealed class Screen : StringWriter
    {
        private readonly Lock _writing = new();

        public string Text
        {
            get
            {
                lock (_writing) return ToString();
            }
        }

        public override void Write(string? value)
        {
            lock (_writing) base.Write(value);
        }
    }

    private sealed class GoneWriter : StringWriter
    {
        public volatile bool Tried;

        public override void Write(string? value)
        {
            Tried = true;
            throw new IOException("gone");
        }
    }
}
