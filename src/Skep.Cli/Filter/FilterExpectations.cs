using Skep.Cli.Common;
using Skep.Filter.Compile;
using Skep.Filter.Expect;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Simulate;
using Skep.Filter.Syntax;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter test --expect</c>: prints which expectations a table does not meet.</summary>
/// <param name="table">The table.</param>
/// <param name="form">How to print it.</param>
internal sealed class FilterExpectations(Table table, OutputForm form)
{
    private readonly ExpectationSummary _summary = new(table);
    private bool _isRead = true;

    /// <summary>Tests the table.</summary>
    /// <param name="path">The file of expectations; - for standard input.</param>
    /// <param name="iif">The interface of packets whose expectation names none.</param>
    /// <param name="kernel">Whether the compiled program decides.</param>
    /// <returns>The exit code.</returns>
    public int Test(string path, string iif, bool kernel)
    {
        string name = path == "-" ? "standard input" : path;
        var source = new SourceText(name, NamedInput.ReadText(path, InputLimit.Expectations));
        (IReadOnlyList<Expectation>? expectations, IReadOnlyList<Diagnostic> diagnostics) = ExpectationFile.Read(source, table);
        FilterFile.Print(diagnostics);
        if (expectations is null) return ExitCode.Usage;
        try
        {
            IEnumerable<ExpectationResult> results = new ExpectationRun(table, name).Decide(expectations, iif, kernel);
            StandardOutput.Write(stream => Write(stream, results, new ExpectationWriter(table, SafeText.Escape(name))));
        }
        catch (FilterCompileException e)
        {
            return Message.Error(e.Message, ExitCode.Failed);
        }

        return _summary.Failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private void Write(Stream stream, IEnumerable<ExpectationResult> results, ExpectationWriter writer)
    {
        using var buffered = new BufferedStream(stream, StreamOutput.BufferBytes);
        using StreamWriter text = StreamOutput.Text(buffered);
        foreach (ExpectationResult result in results)
        {
            _summary.Add(result);
            Try(() => writer.WriteText(text, result), buffered, json => writer.WriteJson(json, result));
        }

        Try(() => ExpectationWriter.WriteSummary(text, _summary), buffered,
            json => ExpectationWriter.WriteSummaryJson(json, _summary));
    }

    // The exit code is that of all expectations, also when nobody reads standard output any more.
    private void Try(Action text, Stream stream, Action<System.Text.Json.Utf8JsonWriter> json)
    {
        if (!_isRead) return;
        try
        {
            if (form == OutputForm.Text) text();
            else StreamOutput.WriteJson(stream, form, json);
        }
        catch (IOException e) when (OutputEnd.IsQuiet(e))
        {
            _isRead = false;
        }
    }
}
