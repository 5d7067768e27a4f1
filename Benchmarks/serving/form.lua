-- Has wrk post one image as the form field "image". Argument: the image's path.
return function(path)
    local file = assert(io.open(path, "rb"))
    local image = file:read("*a")
    file:close()
    local boundary = "adyton-benchmark-boundary-7f3a"
    wrk.method = "POST"
    wrk.path = "/evaluate"
    wrk.headers["Content-Type"] = "multipart/form-data; boundary=" .. boundary
    wrk.body = "--" .. boundary .. "\r\n"
        .. "Content-Disposition: form-data; name=\"image\"; filename=\"image.jpg\"\r\n"
        .. "Content-Type: image/jpeg\r\n\r\n" .. image .. "\r\n--" .. boundary .. "--\r\n"
end
